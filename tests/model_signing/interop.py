"""headworks and the reference implementation of OpenSSF Model Signing, each verifying what the other signed.

    interop.py --headworks PATH --work DIR

Prints one line a case and ends with 1 when one did not go as demanded. Cases whose name ends in `_refused` demand
that headworks refuses; beside each stands a twin that it must accept.
"""

import base64
import datetime
import json
import os
import pathlib
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cases import arguments, demand, finish, headworks, new_model, outcomes, reference, start

SOFTHSM = [pathlib.Path("/usr/lib", part, "libsofthsm2.so") for part in ("softhsm", "x86_64-linux-gnu/softhsm", "aarch64-linux-gnu/softhsm")]
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def main():
    start()
    for name, curve in CURVES.items():
        keys(name, curve)
    certificates()
    shards()
    tokens()
    finish()


def keys(name, curve):
    """One key on each curve, over a model whose names the two implementations sort differently."""
    private, public = key_files(name, ec.generate_private_key(curve))
    model = new_model(f"model-{name}")
    ours, theirs = arguments.work / f"{name}-ours.sig", arguments.work / f"{name}-theirs.sig"
    demand(f"{name}: we sign", True, headworks("sign", "key", model, "--private-key", private, "--signature", ours))
    demand(f"{name}: the reference signs", True, reference("sign", "key", model, "--private_key", private, "--signature", theirs))
    for who, signature in (("ours", ours), ("theirs", theirs)):
        demand(f"{name}: the reference verifies {who}", True, reference("verify", "key", model, "--public_key", public, "--signature", signature))
        demand(f"{name}: we verify {who}", True, headworks("verify", "key", model, "--public-key", public, "--signature", signature))
    (model / "weights.bin").write_bytes(b"other weights")
    demand(f"{name}: we verify altered_refused", False, headworks("verify", "key", model, "--public-key", public, "--signature", theirs))


def certificates():
    """Chains of long-lived certificates, and what makes one count for nothing."""
    root_key, leaf_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    middle_key = ec.generate_private_key(ec.SECP384R1())
    root = certificate("root", root_key, "root", root_key, authority=True)
    middle = certificate("middle", middle_key, "root", root_key, authority=True, path_length=0)
    private, _ = key_files("leaf", leaf_key)
    root_file, middle_file = pem_file("root", root), pem_file("middle", middle)
    other = pem_file("other", certificate("root", middle_key, "root", middle_key, authority=True))
    model = new_model("model-certificate")
    good = certificate("leaf", leaf_key, "middle", middle_key)

    def case(name, leaf, chain=(middle_file,), roots=(root_file,), accepted=True):
        signature, leaf_file = arguments.work / f"{name}.sig", pem_file(f"leaf-{name}", leaf)
        chain_flags = [flag for each in chain for flag in ("--certificate-chain", each)]
        demand(f"certificate {name}: we sign", True, headworks(
            "sign", "certificate", model, "--private-key", private, "--signing-certificate", leaf_file, *chain_flags, "--signature", signature))
        root_flags = [flag for each in roots for flag in ("--certificate-chain", each)]
        demand(f"certificate {name}", accepted, headworks("verify", "certificate", model, *root_flags, "--signature", signature))
        return signature, leaf_file

    signature, leaf_file = case("good", good)
    demand("certificate: the reference verifies ours", True, reference(
        "verify", "certificate", model, "--certificate_chain", root_file, "--signature", signature))
    # The same chain speaks for any statement; that of a model is one.
    payload = json.loads(base64.b64decode(json.loads(signature.read_text())["dsseEnvelope"]["payload"]))
    named = "sha256:" + payload["subject"][0]["digest"]["sha256"]
    statement = lambda about, root: headworks("attest", "verify", signature, "--artifact", about, "--certificate-chain", root)
    demand("certificate: a statement by a chain", True, statement(named, root_file))
    demand("certificate: a statement by another chain_refused", False, statement(named, other))
    demand("certificate: a statement about something else_refused", False, statement("sha256:" + "ab" * 32, root_file))
    theirs = arguments.work / "certificate-theirs.sig"
    demand("certificate: the reference signs", True, reference(
        "sign", "certificate", model, "--private_key", private, "--signing_certificate", leaf_file,
        "--certificate_chain", middle_file, "--signature", theirs))
    demand("certificate: we verify theirs", True, headworks(
        "verify", "certificate", model, "--certificate-chain", root_file, "--signature", theirs))
    case("marked-as-authority", certificate("leaf", leaf_key, "middle", middle_key, authority=True))
    case("expired_refused", certificate("leaf", leaf_key, "middle", middle_key, start=-20, end=-10), accepted=False)
    case("not-yet-valid_refused", certificate("leaf", leaf_key, "middle", middle_key, start=10, end=20), accepted=False)
    case("other-root-of-the-same-name_refused", good, roots=(other,), accepted=False)
    case("without-its-issuer_refused", good, chain=(), accepted=False)
    case("issuer-given-by-the-verifier", good, chain=(), roots=(root_file, middle_file))
    case("issuer-alone-is-no-root_refused", good, roots=(middle_file,), accepted=False)
    case("root-in-the-bundle-is-not-believed_refused", good, chain=(middle_file, root_file), roots=(other,), accepted=False)
    case("not-for-signing_refused", certificate("leaf", leaf_key, "middle", middle_key, digital=False), accepted=False)
    case("for-servers-only_refused", certificate("leaf", leaf_key, "middle", middle_key, usage=ExtendedKeyUsageOID.SERVER_AUTH), accepted=False)
    case("unknown-critical-extension_refused", certificate("leaf", leaf_key, "middle", middle_key, critical=True), accepted=False)
    plain = certificate("middle", middle_key, "root", root_key)
    case("issued-by-no-authority_refused", good, chain=(pem_file("plain", plain),), accepted=False)
    late_key = ec.generate_private_key(ec.SECP256R1())
    late = certificate("late", late_key, "middle", middle_key, authority=True)
    case("path-too-long_refused", certificate("leaf", leaf_key, "late", late_key), chain=(pem_file("late", late), middle_file), accepted=False)
    old = certificate("middle", middle_key, "root", root_key, authority=True, start=-20, end=-10)
    case("expired-issuer_refused", good, chain=(pem_file("old", old),), accepted=False)
    expired = certificate("leaf", leaf_key, "middle", middle_key, start=-20, end=-10)
    timestamps(model, private, root_file, middle_file, expired, lambda end: certificate("leaf", leaf_key, "middle", middle_key, start=-20, end=end))


def timestamps(model, private, root_file, middle_file, expired, until):
    """An expired certificate counts when a timestamp authority saw the signature while it was valid."""
    folder = arguments.work / "tsa"
    folder.mkdir()
    key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate("tsa root", key, "tsa root", key, authority=True)
    leaf = certificate("tsa", leaf_key, "tsa root", key, usage=ExtendedKeyUsageOID.TIME_STAMPING, usage_critical=True, start=-30, end=30)
    chain = folder / "chain.pem"
    chain.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, authority)))
    pem_file("tsa/leaf", leaf)
    key_files("tsa/leaf-key", leaf_key)

    def signed(name, certificate_):
        signature = arguments.work / f"{name}.sig"
        demand(f"{name}: we sign", True, headworks(
            "sign", "certificate", model, "--private-key", private, "--signing-certificate", pem_file(name, certificate_),
            "--certificate-chain", middle_file, "--signature", signature))
        return signature

    def stamped(signature, suffix=b""):
        bundle = json.loads(signature.read_text())
        token = stamp(folder, bundle, suffix)
        bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": token}]}
        signature.write_text(json.dumps(bundle))
        return ["verify", "certificate", model, "--certificate-chain", root_file, "--signature", signature]

    demand("timestamped after expiry_refused", False, headworks(*stamped(signed("stamped-late", expired)), "--timestamp-authority", chain))
    expiry = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=5)
    signature = signed("stamped-in-time", until((expiry - NOW) / DAY))
    verify = stamped(signature)
    while datetime.datetime.now(datetime.timezone.utc) <= expiry + datetime.timedelta(seconds=1):
        time.sleep(0.2)
    demand("expired, timestamped while valid", True, headworks(*verify, "--timestamp-authority", chain))
    demand("expired, its timestamp authority unknown_refused", False, headworks(*verify))
    demand("expired, timestamp over another signature_refused", False, headworks(*stamped(signature, b"x"), "--timestamp-authority", chain))


def stamp(folder, bundle, suffix=b""):
    signature = base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"]) + suffix
    (folder / "signature").write_bytes(signature)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text("\n".join((
        "[tsa]", "default_tsa = t", "[t]", f"serial = {folder}/serial", "crypto_device = builtin",
        f"signer_cert = {folder}/leaf.pem", f"signer_key = {folder}/leaf-key.pem", "signer_digest = sha256",
        "default_policy = 1.2.3.4.1", "digests = sha256", "accuracy = secs:1", "ess_cert_id_alg = sha256", "")))
    openssl("ts", "-query", "-data", folder / "signature", "-sha256", "-cert", "-out", folder / "query")
    openssl("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", folder / "query", "-out", folder / "reply")
    return base64.b64encode((folder / "reply").read_bytes()).decode()


def shards():
    """The library of the reference signs in shards, with a float for their size and another algorithm name."""
    from model_signing import hashing, signing

    private, public = key_files("shards", ec.generate_private_key(ec.SECP256R1()))
    model = new_model("model-shards")
    signature = arguments.work / "shards.sig"
    config = hashing.Config().use_shard_serialization(shard_size=1000)
    signing.Config().set_hashing_config(config).use_elliptic_key_signer(private_key=private).sign(model, signature)
    verify = ("verify", "key", model, "--public-key", public, "--signature", signature)
    demand("shards: we verify theirs", True, headworks(*verify))
    (model / "weights.bin").write_bytes(b"w" * 2999 + b"x" + b"w" * 500)
    demand("shards: we verify altered_refused", False, headworks(*verify))


def tokens():
    """Keys that never leave a token, here SoftHSM's; what they sign the reference verifies with the public half."""
    folder = arguments.work / "tokens"
    folder.mkdir()
    configuration = arguments.work / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    softhsm = lambda *words: subprocess.run(["softhsm2-util", *map(str, words)], check=True, capture_output=True)
    softhsm("--init-token", "--free", "--label", "canal", "--pin", "1234", "--so-pin", "1234")
    module = next(path for path in SOFTHSM if path.exists())
    model = new_model("model-token")
    pin = arguments.work / "pin"
    pin.write_text("1234\n")
    uri = lambda name, pin: f"pkcs11:token=canal;object={name}?module-path={module}&{pin}"
    for number, (name, curve) in enumerate(CURVES.items()):
        private, public = key_files(f"token-{name}", ec.generate_private_key(curve))
        softhsm("--import", private, "--token", "canal", "--label", name, "--id", f"0{number}", "--pin", "1234")
        signature = arguments.work / f"token-{name}.sig"
        sign = ["sign", "pkcs11-key", model, "--signature", signature, "--pkcs11-uri"]
        demand(f"token {name}: we sign", True, headworks(*sign, uri(name, f"pin-source=file:{pin}")))
        demand(f"token {name}: the reference verifies", True, reference("verify", "key", model, "--public_key", public, "--signature", signature))
        demand(f"token {name}: we verify", True, headworks("verify", "key", model, "--public-key", public, "--signature", signature))
        wrong = headworks(*sign, uri(name, "pin-value=4321"))
        outcomes.append((f"token {name}: another PIN does not sign", wrong.returncode == 2))
        absent = headworks(*sign, uri("absent", "pin-value=1234"))
        outcomes.append((f"token {name}: an absent key does not sign", absent.returncode == 2))


def key_files(name, key):
    private, public = arguments.work / f"{name}.pem", arguments.work / f"{name}-pub.pem"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


def pem_file(name, certificate_):
    path = arguments.work / f"{name}.pem" if "leaf-" not in name else arguments.work / f"{name}.crt"
    path.write_bytes(certificate_.public_bytes(serialization.Encoding.PEM))
    return path


def certificate(subject, key, issuer, issuer_key, authority=False, path_length=None, start=-1, end=365,
                digital=True, usage=ExtendedKeyUsageOID.CODE_SIGNING, usage_critical=False, critical=False):
    name = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    builder = (
        x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(NOW + start * DAY).not_valid_after(NOW + end * DAY)
        .add_extension(x509.BasicConstraints(authority, path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(digital, False, False, False, False, authority, authority, False, False), critical=True)
    )
    if subject not in ("root", "middle", "late", "tsa root"):
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=usage_critical)
    if critical:
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def openssl(*command):
    subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)


main()
