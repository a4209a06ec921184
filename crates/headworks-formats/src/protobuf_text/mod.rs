//! Protocol buffers as text: networks and solvers of Caffe, graphs and checkpoints of TensorFlow, models of Triton.
//!
//! Sources: `caffe.proto` and `upgrade_proto.cpp` of BVLC/caffe, which reads a network's layers from such a file and its
//! weights from another; TensorFlow 2.21, which takes `saved_model.pbtxt` where there is no `saved_model.pb` and follows
//! the paths of a `checkpoint`; `model_config.proto` of Triton. A name says which fields a text has, not which message it
//! is, so fields count by their names and those of the message around. What the binary forms state is stated alike:
//! operators, modules of Python, places outside of the artifact. Credentials and hidden text are for the text format.
//!
//! Not covered: sizes of tensors that a graph holds, what paths a graph computes, and the parameters of layers.

mod network;
mod reader;

use headworks_types::Fault;

use crate::document;
use crate::encoding::is_text;
use crate::format::{Format, Input, Probe};
use crate::git_lfs;
use crate::inspection::Inspection;
use network::Network;

/// Messages as text, by name: no loader goes by anything else.
pub(crate) static FORMAT: Format = Format { id: "protobuf-text", title: "Protocol buffers as text", claims, inspect };

const ENDINGS: &[&str] = &[".pb.txt", ".pbtxt", ".prototxt", ".textpb", ".textproto", ".txtpb"];

fn claims(probe: &Probe<'_>) -> bool {
    let name = probe.name();
    let is_checkpoint = name == "checkpoint" && memchr::memmem::find(probe.head, b"model_checkpoint_path").is_some();
    let is_named = is_checkpoint || name == "pipeline.config" || ENDINGS.iter().any(|ending| name.ends_with(ending));
    is_named && is_text(probe.head, false) && !(git_lfs::FORMAT.claims)(probe)
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let bytes = match document::whole(input, inspection) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.identified(input, FORMAT.id, "not read");
            return inspection.read_failed(input.place.at(0..input.bytes.size()), FORMAT.id, &error);
        }
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let fault = Fault::Malformed { format: FORMAT.id.into(), problem: "the text is not UTF-8".into() };
            inspection.fact(input.place.at(at as u64..bytes.len() as u64), fault);
            bytes.get(..at).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default()
        }
    };
    let mut network = Network::new(input, inspection);
    let outcome = reader::read(text, &mut network);
    network.state();
    if let Err(Some(broken)) = outcome {
        let format = FORMAT.id.to_owned();
        let fault = match broken.is_cut {
            true => Fault::Truncated { format, wanted: broken.problem.into() },
            false => Fault::Malformed { format, problem: broken.problem.into() },
        };
        inspection.fact(input.place.at(broken.at as u64..text.len() as u64), fault);
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::{ConfigurationFact, GraphFact, ReferenceKind};
    use headworks_types::{FactKind, Limits, Place};

    fn facts(name: &str, text: &str) -> Vec<FactKind> {
        let facts = crate::inspect(&text.as_bytes().to_vec(), Place::file(name), &Limits::default());
        facts.into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
    }

    fn references(name: &str, text: &str) -> Vec<(String, ReferenceKind, String)> {
        let found = facts(name, text).into_iter().filter_map(|kind| match kind {
            FactKind::Configuration(ConfigurationFact::Reference { key, kind, value }) => Some((key, kind, value)),
            _ => None,
        });
        found.collect()
    }

    fn operators(name: &str, text: &str) -> Vec<String> {
        let found = facts(name, text).into_iter().filter_map(|kind| match kind {
            FactKind::Graph(GraphFact::Operator { framework, name, .. }) => Some(format!("{framework} {name}")),
            _ => None,
        });
        found.collect()
    }

    #[test]
    fn a_python_layer_names_its_module_whatever_the_order() {
        let text = "name: 'toy'\nlayer { python_param { module: 'evil' layer: 'Run' param_str: '{}' } name: 'p' type: 'Python' }\n";
        assert_eq!(operators("deploy.prototxt", text), ["caffe Python"]);
        let object = GraphFact::Object {
            framework: "caffe".into(),
            key: "p.python_param".into(),
            module: "evil".into(),
            name: "Run".into(),
        };
        assert!(facts("deploy.prototxt", text).contains(&object.into()));
    }

    #[test]
    fn layers_of_the_first_version_have_the_names_of_the_second() {
        let text = "layers { name: 'c' type: CONVOLUTION } layers { name: 'l' type: SOFTMAX_LOSS }";
        assert_eq!(operators("deploy.prototxt", text), ["caffe Convolution", "caffe SoftmaxWithLoss"]);
    }

    #[test]
    fn nodes_of_graphs_and_of_their_functions_are_operators_and_calls_of_functions_are_none() {
        let text = "meta_graphs { graph_def { node { name: 'a' op: 'ReadFile' } node { name: 'b' op: 'f' } \
                    library { function { signature { name: 'f' } node_def { name: 'c' op: 'Add' } } } } \
                    asset_file_def { filename: '../x' } }";
        assert_eq!(operators("saved_model.pbtxt", text), ["tensorflow Add", "tensorflow ReadFile"]);
        let is_external = |kind: &FactKind| matches!(kind, FactKind::Graph(GraphFact::External { .. }));
        assert_eq!(facts("saved_model.pbtxt", text).iter().filter(|kind| is_external(kind)).count(), 1);
    }

    #[test]
    fn paths_that_leave_are_references_and_plain_ones_are_not() {
        let text =
            "layer { name: 'd' type: 'Data' data_param { source: '/etc/passwd' } transform_param { mean_file: 'm' } }";
        let key = "layer.data_param.source".to_owned();
        assert_eq!(references("x.prototxt", text), [(key, ReferenceKind::EscapingPath, "/etc/passwd".into())]);
        let text = "model_checkpoint_path: '../../x'\nall_model_checkpoint_paths: 'model.ckpt-1'\n";
        assert_eq!(references("checkpoint", text).len(), 1);
    }

    #[test]
    fn a_model_of_triton_names_its_backend_and_what_it_loads() {
        let text = "name: 'toy' backend: 'python' default_model_filename: '../m.py'\n\
                    parameters { key: 'EXECUTION_ENV_PATH' value: { string_value: '$$TRITON_MODEL_DIRECTORY/../e.tar.gz' } }\n\
                    ensemble_scheduling { step [ { model_name: 'a' }, { model_name: '../b' } ] }\n\
                    model_operations { op_library_filename: ['ops.so'] }";
        let keys: Vec<String> = references("config.pbtxt", text).into_iter().map(|(key, ..)| key).collect();
        let expected = [
            "default_model_filename",
            "parameters.EXECUTION_ENV_PATH",
            "ensemble_scheduling.step[].model_name",
            "backend",
        ];
        assert_eq!(keys, expected);
        let is_graph = |kind: &FactKind| matches!(kind, FactKind::Graph(_));
        assert_eq!(facts("config.pbtxt", text).iter().filter(|kind| is_graph(kind)).count(), 2);
    }
}
