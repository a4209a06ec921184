// The services of keyless signing on this machine: a certificate authority, two logs, a timestamp authority and an
// issuer of identities. They are those of @sigstore/mock with a server before them, which also lies when asked to.
//
//     node sigstore_services.mjs FOLDER-WITH-NODE_MODULES
//
// Prints one line of JSON, {address, trustConfig, strangeTrustConfig}, and serves until standard input is closed.
// A path that begins with /WORD/ asks the service to misbehave in the way of that name, see `lies`.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve(process.argv[2]) + '/');
const mock = require('@sigstore/mock');
const { generateKeyPair } = require('@sigstore/mock/dist/util/key.js');
const pkijs = require('pkijs');

const HOUR = 3_600_000;
const BEARER = 'what-only-the-job-has';
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const key = () => generateKeyPair('prime256v1');

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = await serve(request, Buffer.concat(chunks)).catch((error) => text(500, String(error)));
  if (!answer) return; // It hangs, or is cut off.
  response.writeHead(answer.statusCode, { 'Content-Type': answer.contentType ?? 'text/plain', ...answer.headers });
  response.end(answer.response);
});
server.listen(0, '127.0.0.1');
await new Promise((listening) => server.once('listening', listening));
const address = `http://127.0.0.1:${server.address().port}`;

const fulcioKey = key();
const certificateLog = await mock.initializeCTLog(key());
const authority = await mock.initializeCA(fulcioKey, certificateLog);
const authorityWithoutLog = await mock.initializeCA(fulcioKey);
const strangeAuthority = await mock.initializeCA(key(), certificateLog);
const logs = { v1: key(), v2: key() };
const log = await mock.initializeTLog(address, logs.v1);
const logOfYesterday = await mock.initializeTLog(address, logs.v1, new Date(Date.now() - 24 * HOUR));
const logOfTomorrow = await mock.initializeTLog(address, logs.v1, new Date(Date.now() + 24 * HOUR));
const strangeLog = await mock.initializeTLog(address, key());
const tiledLog = await mock.initializeTLog(address, logs.v2);
const strangeTiledLog = await mock.initializeTLog(address, key());
const timestamps = asInTheField(await mock.initializeTSA(key()));
const strangeTimestamps = asInTheField(await mock.initializeTSA(key()));

// Each takes what would be answered honestly.
const lies = {
  hang: () => null,
  garbage: () => json(201, {}),
  refuse: (_, body) => text(400, `no certificate for \u001b[31m${body}`),
  redirect: () => ({ ...text(307, ''), headers: { Location: `${address}/api/v2/signingCert` } }),
};

async function serve(request, body) {
  const { pathname } = new URL(request.url, address);
  const [, lie, path] = /^\/([a-z-]+)(\/api\/.*)$/.exec(pathname.replace(/^\/api/, '/honest/api')) ?? [, '', pathname];
  if (lies[lie]) return lies[lie](request, body);
  if (lie === 'cut') return void request.socket.destroy();
  if (path === '/api/v2/signingCert') return certify(lie, JSON.parse(body), request.headers);
  if (path === '/api/v1/log/entries') return enter(lie, JSON.parse(body));
  if (path === '/api/v2/log/entries') return enterTiled(lie, JSON.parse(body));
  if (path === '/api/v1/timestamp') return stamp(lie, body);
  if (path.startsWith('/token/')) return ambient(request, path.slice('/token/'.length));
  if (path === '/.well-known/openid-configuration') {
    return json(200, { authorization_endpoint: `${address}/auth`, token_endpoint: `${address}/token` });
  }
  return text(404, path);
}

// Fulcio. The name is the one that it gives by the issuer's kind; the mock itself knows only subjects. The reference
// sends the token in a header and a signing request in base64.
async function certify(lie, body, { authorization }) {
  const token = body.credentials?.oidcIdentityToken ?? authorization.slice('Bearer '.length);
  const [head, payload, rest] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  claims.sub = claims.job_workflow_ref ? `https://github.com/${claims.job_workflow_ref}` : claims.sub;
  if (lie === 'other-name') claims.sub = 'https://mallory.invalid/release';
  if (lie === 'other-issuer') claims.iss = 'https://mallory.invalid';
  const told = Buffer.from(JSON.stringify(claims)).toString('base64url');
  body.credentials = { oidcIdentityToken: [head, told, rest].join('.') };
  if (body.certificateSigningRequest) body.certificateSigningRequest = Buffer.from(body.certificateSigningRequest, 'base64').toString();
  if (lie === 'other-key') {
    body.publicKeyRequest.publicKey.content = key().publicKey.export({ type: 'spki', format: 'pem' });
  }
  const authorities = { 'other-authority': strangeAuthority, 'no-certificate-log': authorityWithoutLog };
  return mock.fulcioHandler(authorities[lie] ?? authority).fn(JSON.stringify(body));
}

// Rekor v1 keeps digests of the envelope, and certificates as it writes them itself.
async function enter(lie, proposed) {
  const { envelope, verifiers } = proposed.spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope);
  const verifier = base64(Buffer.from(verifiers[0], 'base64').toString().replaceAll('\r\n', '\n').trim() + '\n');
  const digest = (bytes) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
  const payloadHash = digest(lie === 'other-entry' ? 'something else' : Buffer.from(payload, 'base64'));
  const signature = lie === 'other-signature' ? base64('another') : signatures[0].sig;
  const spec = { envelopeHash: digest(envelope), payloadHash, signatures: [{ signature, verifier }] };
  const by = { 'other-log': strangeLog, yesterday: logOfYesterday, tomorrow: logOfTomorrow }[lie] ?? log;
  const entry = await by.log({ apiVersion: '0.0.1', kind: 'dsse', spec });
  const verification = Object.values(entry)[0].verification;
  if (lie === 'no-entry') return json(201, {});
  if (lie === 'no-proof') delete verification.inclusionProof;
  if (lie === 'no-promise') delete verification.signedEntryTimestamp;
  if (lie === 'nothing-proven') delete Object.values(entry)[0].verification;
  return json(201, entry);
}

// Rekor v2 keeps one kind of entry, and vouches for no time.
async function enterTiled(lie, { hashedRekordRequestV002: { digest, signature } }) {
  const { verifier } = signature;
  const certificate = { rawBytes: verifier.x509Certificate.rawBytes };
  const data = { algorithm: 'SHA2_256', digest: lie === 'other-entry' ? base64(sha256('something else')) : digest };
  const kept = { data, signature: { content: signature.content, verifier: { keyDetails: verifier.keyDetails, x509Certificate: certificate } } };
  const body = { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002: kept } };
  const by = lie === 'other-log' ? strangeTiledLog : tiledLog;
  const { logId, canonicalizedBody, inclusionProof } = await by.logV2(body);
  const proof = {
    logIndex: '0',
    treeSize: '1',
    rootHash: base64(sha256(Buffer.from([0]), canonicalizedBody)),
    hashes: [],
    checkpoint: inclusionProof.checkpoint,
  };
  return json(201, {
    logIndex: '0',
    logId: { keyId: base64(logId.keyId) },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    canonicalizedBody: base64(canonicalizedBody),
    inclusionProof: lie === 'no-proof' ? undefined : proof,
  });
}

// RFC 3161, which the mock takes as JSON only.
async function stamp(lie, body) {
  const query = pkijs.TimeStampReq.fromBER(new Uint8Array(body).buffer);
  const { hashAlgorithm, hashedMessage } = query.messageImprint;
  const response = await (lie === 'other-authority' ? strangeTimestamps : timestamps).timestamp({
    artifactHash: lie === 'other-signature' ? sha256('another') : Buffer.from(hashedMessage.valueBlock.valueHexView),
    hashAlgorithmOID: hashAlgorithm.algorithmId,
    policyOID: '1.3.6.1.4.1.57264.2',
    certReq: query.certReq,
    nonce: query.nonce,
  });
  return { statusCode: 201, contentType: 'application/timestamp-reply', response };
}

// The mock reads a nonce as a small number; it is an integer of any size. Its times have fractions of a second, which
// the standard allows and the library of headworks does not read.
function asInTheField(tsa) {
  const plain = tsa.tstInfo.bind(tsa);
  tsa.tstInfo = (query) => Object.assign(plain({ ...query, nonce: 0 }), { nonce: query.nonce });
  tsa.getCurrentTime = () => new Date(Math.floor(Date.now() / 1000) * 1000);
  return tsa;
}

// As the runner of a build service hands tokens out: to who shows what only the job has.
function ambient(request, token) {
  const shown = request.headers.authorization === `Bearer ${BEARER}`;
  return shown ? json(200, { value: token }) : text(401, 'not the job');
}

function json(statusCode, value) {
  return { statusCode, contentType: 'application/json', response: JSON.stringify(value) };
}

function text(statusCode, response) {
  return { statusCode, contentType: 'text/plain', response };
}

const validFor = { start: new Date(Date.now() - 48 * HOUR).toISOString() };
const subject = { commonName: 'sigstore', organization: 'sigstore.mock' };
const publicKey = (der) => ({ rawBytes: base64(der), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor });
const chain = (...certificates) => ({ certificates: certificates.map((each) => ({ rawBytes: base64(each) })) });
const tlog = (pair) => {
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  return { baseUrl: address, hashAlgorithm: 'SHA2_256', publicKey: publicKey(der), logId: { keyId: base64(sha256(der)) } };
};
const service = { url: address, majorApiVersion: 1, validFor, operator: 'sigstore.mock' };

const trustConfig = (by, logKeys, tsa) => ({
  mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
  trustedRoot: {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logKeys.map(tlog),
    certificateAuthorities: [{ subject, uri: address, certChain: chain(by.rootCertificate), validFor }],
    ctlogs: [{
      baseUrl: address,
      hashAlgorithm: 'SHA2_256',
      publicKey: publicKey(certificateLog.publicKey),
      logId: { keyId: base64(certificateLog.logID) },
    }],
    timestampAuthorities: [{ subject, uri: address, certChain: chain(tsa.intCertificate, tsa.rootCertificate), validFor }],
  },
  signingConfig: {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service],
    oidcUrls: [service],
    rekorTlogUrls: [service],
    tsaUrls: [{ ...service, url: `${address}/api/v1/timestamp` }],
    rekorTlogConfig: { selector: 'ANY' },
    tsaConfig: { selector: 'ANY' },
  },
});

console.log(JSON.stringify({
  address,
  trustConfig: trustConfig(authority, [logs.v1, logs.v2], timestamps),
  strangeTrustConfig: trustConfig(strangeAuthority, [key()], strangeTimestamps),
}));
process.stdin.resume().on('end', () => process.exit(0));
