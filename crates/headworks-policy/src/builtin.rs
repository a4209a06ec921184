//! The files of the built-in policy, as they lie in `policy/default`.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every file of the built-in policy, tests included: the start of a policy of one's own.
        pub static FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../policy/default/", $name)))),*];
    };
}

files!(
    "data.json",
    "hw_beh_03.rego",
    "hw_beh_03_test.rego",
    "hw_cfg_01.rego",
    "hw_cfg_01_test.rego",
    "hw_cfg_02.rego",
    "hw_cfg_02_test.rego",
    "hw_cfg_03.rego",
    "hw_cfg_03_test.rego",
    "hw_cfg_04.rego",
    "hw_cfg_04_test.rego",
    "hw_int_01.rego",
    "hw_int_01_test.rego",
    "hw_int_02.rego",
    "hw_int_02_test.rego",
    "hw_inv_01.rego",
    "hw_inv_01_test.rego",
    "hw_inv_02.rego",
    "hw_inv_02_test.rego",
    "hw_lic_01.rego",
    "hw_lic_01_test.rego",
    "hw_log_01.rego",
    "hw_log_01_test.rego",
    "hw_prv_01.rego",
    "hw_prv_01_test.rego",
    "hw_prv_02.rego",
    "hw_prv_02_test.rego",
    "hw_prv_04.rego",
    "hw_prv_04_test.rego",
    "hw_prv_05.rego",
    "hw_prv_05_test.rego",
    "hw_prv_06.rego",
    "hw_prv_06_test.rego",
    "hw_ser_01.rego",
    "hw_ser_01_test.rego",
    "hw_ser_02.rego",
    "hw_ser_02_test.rego",
    "hw_ser_03.rego",
    "hw_ser_03_test.rego",
    "hw_ser_04.rego",
    "hw_ser_04_test.rego",
    "hw_sig_01.rego",
    "hw_sig_01_test.rego",
    "hw_sig_02.rego",
    "hw_sig_02_test.rego",
    "hw_sig_03.rego",
    "hw_sig_03_test.rego",
    "hw_vul_01.rego",
    "hw_vul_01_test.rego",
    "lib.rego",
    "lib_test.rego",
    "main.rego",
    "main_test.rego",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policy/default");
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        assert_eq!(names, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
