//! Which calls have an effect outside the program.

use std::collections::HashMap;
use std::sync::LazyLock;

use headworks_types::fact::Effect;

/// Callables by their full dotted name; `x.*` stands for all that `x` holds.
const CALLEES: &[(Effect, &[&str])] = &[
    (
        Effect::Process,
        &[
            "os.system",
            "os.popen",
            "os.popen2",
            "os.popen3",
            "os.popen4",
            "os.startfile",
            "os.fork",
            "os.forkpty",
            "os.execl",
            "os.execle",
            "os.execlp",
            "os.execlpe",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.execvpe",
            "os.spawnl",
            "os.spawnle",
            "os.spawnlp",
            "os.spawnlpe",
            "os.spawnv",
            "os.spawnve",
            "os.spawnvp",
            "os.spawnvpe",
            "os.posix_spawn",
            "os.posix_spawnp",
            "posix.system",
            "posix.popen",
            "posix.execv",
            "posix.execve",
            "posix.fork",
            "nt.system",
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "_posixsubprocess.fork_exec",
            "pty.spawn",
            "pty.fork",
            "commands.getoutput",
            "commands.getstatusoutput",
            "popen2.popen2",
            "asyncio.create_subprocess_exec",
            "asyncio.create_subprocess_shell",
            "sh.*",
            "pexpect.spawn",
            "pexpect.run",
            "plumbum.*",
            "invoke.run",
            "fabric.*",
            "pip.main",
            "pip._internal.main",
            "pip._internal.cli.main.main",
            "ensurepip.bootstrap",
            "distutils.spawn.spawn",
            "webbrowser.open",
            "ctypes.CDLL().system",
        ],
    ),
    (
        Effect::Network,
        &[
            "socket.socket",
            "socket.create_connection",
            "socket.create_server",
            "ssl.create_default_context().wrap_socket",
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib.request.build_opener",
            "urllib.request.install_opener",
            "urllib2.urlopen",
            "urllib.urlopen",
            "urllib.urlretrieve",
            "urllib3.PoolManager",
            "urllib3.request",
            "requests.get",
            "requests.post",
            "requests.put",
            "requests.patch",
            "requests.delete",
            "requests.head",
            "requests.request",
            "requests.Session().get",
            "requests.Session().post",
            "requests.Session().request",
            "requests.session().get",
            "httpx.get",
            "httpx.post",
            "httpx.put",
            "httpx.request",
            "httpx.stream",
            "httpx.Client().get",
            "httpx.Client().post",
            "aiohttp.ClientSession",
            "aiohttp.request",
            "http.client.HTTPConnection",
            "http.client.HTTPSConnection",
            "httplib.HTTPConnection",
            "ftplib.FTP",
            "ftplib.FTP_TLS",
            "smtplib.SMTP",
            "smtplib.SMTP_SSL",
            "telnetlib.Telnet",
            "poplib.POP3",
            "imaplib.IMAP4",
            "imaplib.IMAP4_SSL",
            "xmlrpc.client.ServerProxy",
            "paramiko.SSHClient",
            "paramiko.Transport",
            "huggingface_hub.HfApi().*",
            "websocket.create_connection",
            "websockets.connect",
            "wget.download",
            "gdown.download",
            "pycurl.Curl",
            "huggingface_hub.hf_hub_download",
            "huggingface_hub.snapshot_download",
            "huggingface_hub.upload_file",
            "huggingface_hub.upload_folder",
            "huggingface_hub.cached_download",
            "torch.hub.load",
            "torch.hub.load_state_dict_from_url",
            "torch.hub.download_url_to_file",
            "transformers.utils.cached_file",
            "transformers.utils.hub.cached_file",
            "boto3.client",
            "boto3.resource",
            "nltk.download",
            "tensorflow.keras.utils.get_file",
            "keras.utils.get_file",
            "asyncio.open_connection",
        ],
    ),
    (
        Effect::Evaluate,
        &[
            "eval",
            "exec",
            "compile",
            "execfile",
            "builtins.eval",
            "builtins.exec",
            "builtins.compile",
            "__builtin__.eval",
            "__builtin__.exec",
            "__builtins__.eval",
            "__builtins__.exec",
            "__builtins__.compile",
            "types.FunctionType",
            "types.CodeType",
            "types.LambdaType",
            "code.InteractiveInterpreter",
            "torch.jit.CompilationUnit",
        ],
    ),
    (
        Effect::FileWrite,
        &[
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
            "shutil.copytree",
            "shutil.move",
            "shutil.rmtree",
            "shutil.unpack_archive",
            "os.remove",
            "os.unlink",
            "os.rename",
            "os.renames",
            "os.replace",
            "os.rmdir",
            "os.removedirs",
            "os.truncate",
            "os.chmod",
            "os.chown",
            "os.link",
            "os.symlink",
            "os.mkfifo",
            "os.write",
            "pathlib.Path().write_text",
            "pathlib.Path().write_bytes",
            "pathlib.Path().unlink",
            "pathlib.Path().rename",
            "pathlib.Path().replace",
            "pathlib.Path().chmod",
            "pathlib.Path().symlink_to",
            "pathlib.Path().rmdir",
        ],
    ),
    (
        Effect::Deserialize,
        &[
            "pickle.load",
            "pickle.loads",
            "pickle.Unpickler",
            "_pickle.load",
            "_pickle.loads",
            "_pickle.Unpickler",
            "cPickle.load",
            "cPickle.loads",
            "pickle5.load",
            "pickle5.loads",
            "dill.load",
            "dill.loads",
            "dill.load_session",
            "cloudpickle.load",
            "cloudpickle.loads",
            "joblib.load",
            "sklearn.externals.joblib.load",
            "torch.load",
            "torch.serialization.load",
            "torch.package.PackageImporter",
            "numpy.load",
            "numpy.lib.npyio.load",
            "pandas.read_pickle",
            "pandas.io.pickle.read_pickle",
            "yaml.load",
            "yaml.load_all",
            "yaml.unsafe_load",
            "yaml.unsafe_load_all",
            "yaml.full_load",
            "yaml.full_load_all",
            "marshal.load",
            "marshal.loads",
            "shelve.open",
            "jsonpickle.decode",
            "jsonpickle.loads",
            "hickle.load",
            "skops.io.load",
            "srsly.pickle_loads",
        ],
    ),
    (
        Effect::NativeCode,
        &[
            "ctypes.CDLL",
            "ctypes.PyDLL",
            "ctypes.WinDLL",
            "ctypes.OleDLL",
            "ctypes.cdll.LoadLibrary",
            "ctypes.cdll.*",
            "ctypes.windll.*",
            "ctypes.pydll.*",
            "ctypes.pythonapi.*",
            "ctypes.CFUNCTYPE",
            "ctypes.memmove",
            "cffi.FFI",
            "cffi.FFI().dlopen",
            "numpy.ctypeslib.load_library",
            "torch.ops.load_library",
            "torch.classes.load_library",
            "torch.utils.cpp_extension.load",
            "torch.utils.cpp_extension.load_inline",
            "tensorflow.load_op_library",
            "tensorflow.load_library",
            "cupy.RawModule",
            "cupy.RawKernel",
            "_ctypes.dlopen",
            "imp.load_dynamic",
            "_imp.create_dynamic",
            "importlib.machinery.ExtensionFileLoader",
        ],
    ),
    (
        Effect::DynamicImport,
        &[
            "importlib.import_module",
            "__import__",
            "builtins.__import__",
            "__builtins__.__import__",
            "importlib.__import__",
            "importlib.util.spec_from_file_location",
            "importlib.machinery.SourceFileLoader",
            "runpy.run_path",
            "runpy.run_module",
            "imp.load_source",
            "imp.load_module",
            "pkgutil.resolve_name",
            "pydoc.locate",
            "hydra.utils.instantiate",
            "transformers.dynamic_module_utils.get_class_from_dynamic_module",
            "zipimport.zipimporter",
        ],
    ),
    (
        Effect::Credential,
        &[
            "keyring.get_password",
            "keyring.get_credential",
            "huggingface_hub.get_token",
            "huggingface_hub.HfFolder.get_token",
            "huggingface_hub.utils.get_token",
            "netrc.netrc",
            "browser_cookie3.*",
        ],
    ),
];

/// Methods that have an effect whatever they are called on.
const METHODS: &[(&str, Effect)] = &[
    ("write_text", Effect::FileWrite),
    ("write_bytes", Effect::FileWrite),
    ("extractall", Effect::FileWrite),
    ("exec_module", Effect::DynamicImport),
    ("exec_command", Effect::Network),
];

/// Callables that turn what is unreadable in the source into what can be run.
const DECODERS: &[&str] = &[
    "base64.b64decode",
    "base64.b32decode",
    "base64.b16decode",
    "base64.b85decode",
    "base64.a85decode",
    "base64.decodebytes",
    "base64.decodestring",
    "base64.standard_b64decode",
    "base64.urlsafe_b64decode",
    "base64.b32hexdecode",
    "zlib.decompress",
    "zlib.decompressobj().decompress",
    "gzip.decompress",
    "bz2.decompress",
    "lzma.decompress",
    "codecs.decode",
    "codecs.getdecoder",
    "binascii.unhexlify",
    "binascii.a2b_base64",
    "binascii.a2b_hex",
    "bytes.fromhex",
    "bytearray.fromhex",
    "marshal.loads",
    "marshal.load",
    "cryptography.fernet.Fernet().decrypt",
    "brotli.decompress",
    "zstandard.decompress",
    "quopri.decodestring",
    "uu.decode",
];

/// Callables whose result comes from elsewhere.
const FETCHERS: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.request",
    "httpx.get",
    "httpx.post",
    "urllib.request.urlopen",
    "urllib2.urlopen",
    "urllib.urlopen",
    "urllib3.request",
    "socket.socket().recv",
];

/// Callables that run data they are given as objects.
const UNPICKLERS: &[&str] = &["pickle.loads", "_pickle.loads", "cPickle.loads", "dill.loads", "cloudpickle.loads"];

/// Callables that call what they are given, at once or in a thread or at exit.
const CALLERS: &[&str] = &[
    "threading.Thread",
    "threading.Timer",
    "multiprocessing.Process",
    "atexit.register",
    "map",
    "_thread.start_new_thread",
    "concurrent.futures.ThreadPoolExecutor().submit",
    "signal.signal",
];

/// Directories and files in which people keep credentials.
const CREDENTIAL_NAMES: &[&str] = &[
    ".ssh",
    ".aws",
    ".gnupg",
    "id_rsa",
    "id_ed25519",
    ".netrc",
    ".git-credentials",
    ".pypirc",
    ".npmrc",
    "wallet.dat",
    "Login Data",
];

/// The same, where one name alone would not say so.
const CREDENTIAL_PATHS: &[&str] = &[
    ".docker/config.json",
    ".kube/config",
    "huggingface/token",
    ".config/gcloud",
    "/etc/shadow",
    ".huggingface/token",
];

/// Words in the name of an environment variable that holds a credential.
const SECRET_WORDS: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
    "KEY",
    "PAT",
    "PWD",
];

/// The names of [`CALLEES`], for hostile sources make a million calls.
static BY_NAME: LazyLock<HashMap<&str, Effect>> =
    LazyLock::new(|| CALLEES.iter().flat_map(|(effect, names)| names.iter().map(|name| (*name, *effect))).collect());

/// Modules of which every call has one effect: those names that end in `.*`.
static BY_MODULE: LazyLock<Vec<(&str, Effect)>> = LazyLock::new(|| {
    let modules = BY_NAME.iter().filter_map(|(name, effect)| name.strip_suffix('*').map(|module| (module, *effect)));
    modules.collect()
});

/// The effect of calling `name`, a full dotted name.
pub(super) fn of(name: &str) -> Option<Effect> {
    let by_module = || BY_MODULE.iter().find(|(module, _)| name.starts_with(module)).map(|(_, effect)| *effect);
    BY_NAME.get(name).copied().or_else(by_module)
}

/// The effect of calling a method by this name on anything.
pub(super) fn of_method(name: &str) -> Option<Effect> {
    METHODS.iter().find(|(method, _)| *method == name).map(|(_, effect)| *effect)
}

pub(super) fn decodes(name: &str) -> bool {
    DECODERS.contains(&name)
}

pub(super) fn fetches(name: &str) -> bool {
    FETCHERS.contains(&name)
}

pub(super) fn unpickles(name: &str) -> bool {
    UNPICKLERS.contains(&name)
}

/// Whether what is handed to `name` is only looked at.
pub(super) fn only_looks(name: &str) -> bool {
    matches!(
        name,
        "isinstance" | "issubclass" | "hasattr" | "callable" | "type" | "id" | "repr" | "print" | "inspect.signature"
    )
}

pub(super) fn calls_its_argument(name: &str) -> bool {
    CALLERS.contains(&name)
}

/// Whether a path leads to where people keep credentials; a name in a list of names is no path.
pub(super) fn is_credential_path(text: &str) -> bool {
    let separators = ['/', '\\'];
    let has_name = || text.split(separators).any(|part| CREDENTIAL_NAMES.contains(&part));
    matches!(text, ".ssh" | ".aws" | ".gnupg")
        || (text.contains(separators) && has_name())
        || CREDENTIAL_PATHS.iter().any(|path| text.contains(path))
}

/// Whether an environment variable's name says that it holds a credential: `HF_TOKEN`, not `TOKENIZERS_PARALLELISM`.
pub(super) fn is_secret_variable(name: &str) -> bool {
    name.split('_').any(|word| SECRET_WORDS.contains(&word.to_ascii_uppercase().as_str())) && name != "PWD"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_whole_and_wildcards_by_module() {
        assert_eq!(of("os.system"), Some(Effect::Process));
        assert_eq!(of("os.systems"), None);
        assert_eq!(of("ctypes.cdll.msvcrt"), Some(Effect::NativeCode));
        assert_eq!(of("sh"), None);
    }

    /// sympy lists `kid_rsa_public_key` and pygments `id_rsa`, as names of functions and of files to colour.
    #[test]
    fn a_name_in_a_list_is_no_credential_path() {
        assert!(is_credential_path("~/.ssh/config"));
        assert!(is_credential_path("/root/.aws/credentials"));
        assert!(!is_credential_path("kid_rsa_public_key"));
        assert!(!is_credential_path("id_rsa"));
    }

    #[test]
    fn a_variable_that_merely_contains_a_secret_word_is_none() {
        assert!(is_secret_variable("HF_TOKEN"));
        assert!(is_secret_variable("AWS_SECRET_ACCESS_KEY"));
        assert!(!is_secret_variable("TOKENIZERS_PARALLELISM"));
        assert!(!is_secret_variable("KEYBOARD"));
    }
}
