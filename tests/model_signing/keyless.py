"""Keyless signatures of headworks and of the reference, made with services on this machine and verified by both.

    keyless.py --headworks PATH --work DIR --node PATH --modules DIR

The services are those of sigstore_services.mjs. A signature that they make is accepted by both programs; one that a
lying service had a hand in is written by none of ours, and no word of ours repeats an identity token.
"""

import base64
import copy
import json
import pathlib
import subprocess
import time
import urllib.parse

from cases import arguments, demand, expect, finish, headworks, new_model, reference, start

WHO = "https://acme.example/models/release"
ISSUER = "https://issuer.acme.example"
WORKFLOW = "acme/model/.github/workflows/release.yml@refs/tags/v1"
BY_WORKFLOW = f"https://github.com/{WORKFLOW}"
GITHUB = "https://token.actions.githubusercontent.com"
STRANGERS = ("https://mallory.invalid/models/release", ISSUER), (WHO, "https://issuer.mallory.invalid")

# Which service lies how; what headworks says then.
LIES = (
    ("caUrls", "other-name", "signed by `https://mallory.invalid/release`"),
    ("caUrls", "other-issuer", "of `https://mallory.invalid`, not by"),
    ("caUrls", "other-key", "signature invalid"),
    ("caUrls", "other-authority", "InvalidSignatureForPublicKey"),
    ("caUrls", "no-certificate-log", "missing SCT"),
    ("caUrls", "garbage", "the certificate authority gave no answer"),
    ("caUrls", "redirect", "HTTP 307"),
    ("caUrls", "cut", "the certificate authority gave no answer"),
    ("caUrls", "refuse", "[token]"),
    ("rekorTlogUrls", "other-entry", "payload hash mismatch"),
    ("rekorTlogUrls", "other-signature", "does not match any signature"),
    ("rekorTlogUrls", "other-log", "No log key valid"),
    ("rekorTlogUrls", "yesterday", "CertNotValidYet"),
    ("rekorTlogUrls", "tomorrow", "in the future"),
    ("rekorTlogUrls", "no-entry", "the log gave no answer"),
    ("rekorTlogUrls", "no-proof", "must have an inclusion proof"),
    ("rekorTlogUrls", "nothing-proven", "must have an inclusion proof"),
    ("rekorTlogUrls", "refuse", "the log gave no answer"),
    ("tsaUrls", "other-authority", "invalid RFC 3161 timestamp"),
    ("tsaUrls", "other-signature", "message imprint mismatch"),
    ("tsaUrls", "garbage", "the timestamp authority gave no answer"),
)
LIES_OF_LOG_V2 = (
    ("rekorTlogUrls", "other-entry", "does not match the submitted entry"),
    ("rekorTlogUrls", "other-log", "No matching Rekor key"),
    ("rekorTlogUrls", "no-proof", "has no inclusion proof"),
    ("tsaUrls", "other-authority", "invalid RFC 3161 timestamp"),
)
LIES_WITHOUT_TIMESTAMPS = (("rekorTlogUrls", "no-promise", "no verified timestamp"),)


def main():
    start("--node", "--modules")
    script = pathlib.Path(__file__).with_name("sigstore_services.mjs")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([arguments.node, script, arguments.modules], **pipes) as services:
        told = json.loads(services.stdout.readline())
        # These take as long as a request may, so they run beside the others.
        hanging = [(which, sign_beside(told["trustConfig"], which)) for which in ("caUrls", "rekorTlogUrls", "tsaUrls")]
        signatures("log v1", with_log(told["trustConfig"], 1))
        signatures("log v2", with_log(told["trustConfig"], 2))
        signatures("log v1 alone", without_timestamps(told["trustConfig"]))
        altered(told)
        statements(told["trustConfig"])
        build_job(told)
        lies("log v1", with_log(told["trustConfig"], 1), LIES)
        lies("log v2", with_log(told["trustConfig"], 2), LIES_OF_LOG_V2)
        lies("log v1 alone", without_timestamps(told["trustConfig"]), LIES_WITHOUT_TIMESTAMPS)
        services_in_the_open(told)
        bad_tokens(told["trustConfig"])
        for which, (signing, signature, token_) in hanging:
            refused(f"a service that hangs, {which}_refused", finished(signing), signature, token_, "gave no answer")
        # Asked to end by themselves, they now and then wait for a thread of theirs for ever.
        services.kill()
    finish()


def signatures(name, config):
    """Each signs, both verify, and neither takes one identity for another."""
    model, config = new_model(f"model {name}"), config_file(name, config)
    ours, theirs = arguments.work / f"{name} ours.sig", arguments.work / f"{name} theirs.sig"
    demand(f"{name}: we sign", True, sign(model, ours, config, token()))
    demand(f"{name}: the reference signs", True, reference(
        "sign", "sigstore", model, "--signature", theirs, "--trust_config", config, "--identity_token", token()))
    for who, signature in (("ours", ours), ("theirs", theirs)):
        by_reference = lambda who, issuer: reference(
            "verify", "sigstore", model, "--signature", signature, "--trust_config", config, "--identity", who, "--identity_provider", issuer)
        demand(f"{name}: the reference verifies {who}", True, by_reference(WHO, ISSUER))
        demand(f"{name}: we verify {who}", True, verify(model, signature, config))
        for number, stranger in enumerate(STRANGERS):
            demand(f"{name}: the reference verifies {who} by stranger {number}_refused", False, by_reference(*stranger))
            demand(f"{name}: we verify {who} by stranger {number}_refused", False, verify(model, signature, config, *stranger))


def altered(told):
    """What was changed after signing, in the model or in the signature, and a root that knows none of the services."""
    model, config = new_model("model altered"), config_file("altered", with_log(told["trustConfig"], 1))
    signature, other = arguments.work / "altered.sig", arguments.work / "other.sig"
    demand("altered: we sign", True, sign(model, signature, config, token()))
    demand("altered: we sign again", True, sign(model, other, config, token()))
    demand("altered: nothing yet", True, verify(model, signature, config))
    strange = config_file("strange", told["strangeTrustConfig"])
    demand("altered: by another root_refused", False, verify(model, signature, strange))
    bundle, again = json.loads(signature.read_text()), json.loads(other.read_text())

    def changed(name, change):
        bundle_ = copy.deepcopy(bundle)
        change(bundle_, bundle_["verificationMaterial"])
        path = arguments.work / f"altered {name}.sig"
        path.write_text(json.dumps(bundle_))
        demand(f"altered: {name}_refused", False, verify(model, path, config))

    changed("signature", lambda all_, _: all_["dsseEnvelope"]["signatures"][0].update(sig=again["dsseEnvelope"]["signatures"][0]["sig"]))
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"model altered", b"model another")
    changed("statement", lambda all_, _: all_["dsseEnvelope"].update(payload=base64.b64encode(payload).decode()))
    changed("certificate", lambda _, material: material.update(certificate=again["verificationMaterial"]["certificate"]))
    changed("log entry", lambda _, material: material.update(tlogEntries=again["verificationMaterial"]["tlogEntries"]))
    changed("no log entry", lambda _, material: material.update(tlogEntries=[]))
    changed("timestamp", lambda _, material: material.update(timestampVerificationData=again["verificationMaterial"]["timestampVerificationData"]))
    (model / "weights.bin").write_bytes(b"other weights")
    demand("altered: a file_refused", False, verify(model, signature, config))


def statements(config):
    """Any statement: signed keyless, verified for its identity, and by a trust store that knows it or not."""
    path, root = config_file("statements", with_log(config, 1)), arguments.work / "trusted root.json"
    root.write_text(json.dumps(config["trustedRoot"]))
    artifact, predicate = arguments.work / "model.safetensors", arguments.work / "result.json"
    artifact.write_bytes(b"weights")
    predicate.write_text(json.dumps({"result": "PASSED", "configuration": [{"name": "harness", "digest": {"sha256": "ab" * 32}}]}))
    signed, kind = arguments.work / "result.sigstore.json", "https://in-toto.io/attestation/test-result/v0.1"
    make = ["attest", "sign-sigstore", "--type", kind, "--predicate", predicate, "--subject", artifact, "--trust-config", path]
    demand("statement: we sign", True, headworks(*make, "--output", signed, HEADWORKS_IDENTITY_TOKEN=token()))
    printed = headworks(*make, HEADWORKS_IDENTITY_TOKEN=token())
    expect("statement: printed", json.loads(printed.stdout)["verificationMaterial"]["tlogEntries"], printed)
    about = lambda artifact, *who: headworks("attest", "verify", signed, "--artifact", artifact, "--type", kind, "--trusted-root", root, *who)
    by = lambda who, issuer: ("--certificate-identity", who, "--certificate-oidc-issuer", issuer)
    demand("statement: we verify", True, about(artifact, *by(WHO, ISSUER)))
    for number, stranger in enumerate(STRANGERS):
        demand(f"statement: we verify by stranger {number}_refused", False, about(artifact, *by(*stranger)))
    demand("statement: about another artifact_refused", False, about(predicate, *by(WHO, ISSUER)))

    store = arguments.work / "trust.toml"
    enrolled = lambda who: headworks(
        "trust", "add", "identity", "acme", "--trust", store, "--identity", who, "--issuer", ISSUER, "--role", "evaluation", "--signs", "pkg:huggingface/acme/*")
    by_store = ("--by-trust-store", "--trust", store, "--name", "pkg:huggingface/acme/model")
    demand("statement: somebody is enrolled", True, enrolled(STRANGERS[0][0]))
    stranger = about(artifact, *by_store)
    expect("statement: by a stranger to the trust store_refused", stranger.returncode == 1 and "nobody enrolled" in stranger.stdout, stranger)
    demand("statement: its signer is enrolled", True, enrolled(WHO))
    checked("statement: a check without the root of the services_refused", artifact, store, signed, None, "invalid")
    demand("statement: by an identity of the trust store", True, about(artifact, *by_store))
    checked("statement: a check with the root of the services", artifact, store, signed, root, "enrolled")
    other = arguments.work / "strangers.toml"
    other.write_text(store.read_text().replace(WHO, f"{WHO}-of-another"))
    checked("statement: a check by a stranger to the trust store_refused", artifact, other, signed, root, "unknown")


def checked(name, artifact, store, signed, root, standing):
    """What the statement is worth as evidence of a check."""
    roots = ("--trusted-root", root) if root else ()
    ended = headworks(
        "check", artifact, "--no-store", "--trust", store, "--artifact-name", "pkg:huggingface/acme/model",
        "--attestation", signed, "--format", "json", *roots)
    expect(name, json.loads(ended.stdout)["results"][0]["attestations"][0]["standing"] == standing, ended)


def build_job(told):
    """A token that the build service offers, and the workflow that it stands for."""
    model, config = new_model("model job"), config_file("job", with_log(told["trustConfig"], 1))
    claims = {"iss": GITHUB, "sub": "repo:acme/model:ref:refs/tags/v1", "job_workflow_ref": WORKFLOW}
    offered, signature = token(**claims), arguments.work / "job.sig"
    job = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "what-only-the-job-has"}
    at = lambda address: {**job, "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/token/{offered}?api-version=2"}
    attempt = lambda **environment: headworks(
        "sign", "sigstore", model, "--signature", signature, "--trust-config", config, "--use-ambient-credentials", **environment)
    named = lambda name, answer, said: refused(f"job: {name}_refused", answer, signature, offered, said)
    named("none around", attempt(GITHUB_ACTIONS=""), "no build service offers one")
    named("without permission", attempt(GITHUB_ACTIONS="true"), "id-token: write")
    named("not the job", attempt(**{**at(told["address"]), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "guessed"}), "the request for it failed")
    named("token from elsewhere", attempt(**at("http://issuer.invalid")), "neither https nor on this machine")
    demand("job: we sign", True, attempt(**at(told["address"])))
    demand("job: we verify", True, verify(model, signature, config, BY_WORKFLOW, GITHUB))
    demand("job: another workflow_refused", False, verify(model, signature, config, BY_WORKFLOW.replace("v1", "v2"), GITHUB))


def lies(name, config, cases):
    model = new_model(f"model lies {name}")
    for which, lie, said in cases:
        signature, token_ = arguments.work / f"{name} {which} {lie}.sig", token()
        answer = sign(model, signature, config_file(f"{name} {which} {lie}", lying(config, which, lie)), token_)
        refused(f"{name}: {which} {lie}_refused", answer, signature, token_, said)


def services_in_the_open(told):
    """Plain http is for this machine, and an address in front of an @ is none."""
    model, port = new_model("model open"), told["address"].rsplit(":", 1)[1]
    for name, address, said in (
        ("another host", "http://services.invalid", "neither https nor on this machine"),
        ("a host that begins like this one", f"http://127.0.0.1.services.invalid:{port}", "neither https nor on this machine"),
        ("a user that reads like this machine", f"http://127.0.0.1:{port}@services.invalid", "neither https nor on this machine"),
        ("nobody there", "http://127.0.0.1:9", "the certificate authority gave no answer"),
    ):
        config = copy.deepcopy(told["trustConfig"])
        config["signingConfig"]["caUrls"][0]["url"] = address
        signature, token_ = arguments.work / f"open {name}.sig", token()
        answer = sign(model, signature, config_file(f"open {name}", config), token_)
        refused(f"open: {name}_refused", answer, signature, token_, said)
    config, proxy = config_file("proxy", with_log(told["trustConfig"], 1)), "http://127.0.0.1:9"
    answer = sign(model, arguments.work / "proxy.sig", config, token(), HTTP_PROXY=proxy, http_proxy=proxy, ALL_PROXY=proxy)
    demand("open: no proxy between this machine and itself", True, answer)


def bad_tokens(config):
    model, config = new_model("model tokens"), config_file("tokens", config)
    good = token()
    for name, bad, said in (
        ("expired", token(exp=int(time.time()) - 60), "expired"),
        ("for somebody else", token(aud="payments"), "meant for"),
        ("without expiry", token(exp=None), "`exp`"),
        ("without issuer", token(iss=None), "`iss`"),
        ("without subject", token(sub=None), "`sub`"),
        ("that names nobody", token(sub="42"), "neither an e-mail address nor a URI"),
        ("of a job without workflow", token(iss=GITHUB), "which name a certificate"),
        ("cut", good.rsplit(".", 1)[0], "three parts"),
        ("that is none", "hunter2-hunter2-hunter2", "three parts"),
    ):
        signature = arguments.work / f"token {name}.sig"
        refused(f"token: {name}_refused", sign(model, signature, config, bad), signature, bad, said)
    signature = arguments.work / "no token.sig"
    refused("token: none_refused", headworks("sign", "sigstore", model, "--signature", signature, "--trust-config", config), signature, good, "needs an identity token")
    named = ("--identity", STRANGERS[0][0])
    refused("token: of another name than wanted_refused", sign(model, signature, config, good, *named), signature, good, "not by")
    demand("token: of the name that is wanted", True, sign(model, signature, config, good, "--identity", WHO))
    flag = headworks("sign", "sigstore", model, "--signature", signature, "--trust_config", config, "--identity_token", good)
    demand("token: in the spelling of the reference", True, flag)


def refused(name, answer, signature, token_, said):
    """It says why and what to do, writes nothing and repeats no part of the token."""
    words = answer.stdout + answer.stderr
    pieces = [token_[start:start + 16] for start in range(0, len(token_) - 15)]
    silent = not any(piece in words for piece in pieces) and "\x1b" not in words
    left = [path.name for path in signature.parent.glob(f"{signature.name}*")]
    expect(name, answer.returncode == 2 and said in words and "\nhint: " in words and silent and not left, answer)


def sign(model, signature, config, token_, *more, **environment):
    command = ("sign", "sigstore", model, "--signature", signature, "--trust-config", config, *more)
    return headworks(*command, HEADWORKS_IDENTITY_TOKEN=token_, **environment)


def sign_beside(config, which):
    config, name, token_ = lying(with_log(config, 1), which, "hang"), f"hanging {which}", token()
    signature = arguments.work / f"{name}.sig"
    command = [arguments.headworks, "sign", "sigstore", new_model(name), "--signature", signature, "--trust-config", config_file(name, config), "--identity-token", token_]
    return subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), signature, token_


def finished(signing):
    stdout, stderr = signing.communicate()
    return subprocess.CompletedProcess(signing.args, signing.returncode, stdout, stderr)


def verify(model, signature, config, who=WHO, issuer=ISSUER):
    return headworks("verify", "sigstore", model, "--signature", signature, "--trust-config", config, "--identity", who, "--identity-provider", issuer)


def with_log(config, version):
    config = copy.deepcopy(config)
    config["signingConfig"]["rekorTlogUrls"][0]["majorApiVersion"] = version
    return config


def without_timestamps(config):
    config = with_log(config, 1)
    config["signingConfig"]["tsaUrls"] = []
    return config


def lying(config, which, lie):
    """The configuration with a service of one kind that lies; the name of the lie begins its path."""
    config = copy.deepcopy(config)
    service = config["signingConfig"][which][0]
    address = urllib.parse.urlsplit(service["url"])
    service["url"] = address._replace(path=f"/{lie}{address.path}").geturl()
    return config


def config_file(name, config):
    path = arguments.work / f"{name}.trust.json"
    path.write_text(json.dumps(config))
    return path


def token(**claims):
    """A token as an issuer gives it, but for the signature, which the mock authority does not look at."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": WHO, "aud": "sigstore", "iat": now, "nbf": now, "exp": now + 600, "jti": base64.b16encode(time.time_ns().to_bytes(8)).decode(), **claims}
    claims = {name: value for name, value in claims.items() if value is not None}
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return ".".join((part({"alg": "ES256", "typ": "JWT"}), part(claims), part("no signature: the authority on this machine asks for none")))


main()
