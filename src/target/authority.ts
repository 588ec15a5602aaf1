import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';

/**
 * What TLS trusts: Node's own list (and NODE_EXTRA_CA_CERTS), and beside it the certificates of `caFile`. Made once,
 * since reading some 150 certificates costs milliseconds.
 *
 * Throws UserError `bad_ca_file`.
 */
export function trust(caFile: string | null): SecureContext {
  return createSecureContext(caFile === null ? {} : { ca: [...getCACertificates('default'), ...readCaFile(caFile)] });
}

/** The certificates of a PEM file. Throws UserError `bad_ca_file`. */
export function readCaFile(caFile: string): string[] {
  let text: string;
  try {
    text = readFileSync(caFile, 'latin1');
  } catch (error) {
    throw new UserError('bad_ca_file', `The CA file ${caFile} cannot be read: ${fileProblem(error)}.`);
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (found.length === 0) throw new Error('none');
    for (const certificate of found) new X509Certificate(certificate);
  } catch {
    throw new UserError(
      'bad_ca_file',
      `The CA file ${caFile} must hold PEM certificates (-----BEGIN CERTIFICATE-----).`,
    );
  }
  return found;
}

/** A sentence for an error during the TLS handshake. */
export function tlsSentence(error: NodeJS.ErrnoException, where: string): string {
  switch (error.code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${where} is for another name.`;
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${where} has expired.`;
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${where} is not valid yet: compare the clocks.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate of ${where} is signed by an authority that is not trusted here: name its certificate with --ca FILE.`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'EPROTO':
      return `${where} does not speak TLS: is its URL http:// instead of https://?`;
    default:
      return `The TLS handshake with ${where} failed (${error.code ?? 'no code'}).`;
  }
}
