import { createHash, createHmac } from 'node:crypto';
import { type StandInRequest, secret } from './stand-in.ts';

/** Credentials that the stand-in knows; the token is part of what is signed. */
export const awsKey = {
  accessKeyId: 'AKIASTANDIN00EXAMPLE',
  secretAccessKey: secret,
  sessionToken: 'session-token-of-the-stand-in',
};
export const region = 'eu-west-1';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signature Version 4 by the book, with nothing of AWS's packages: null when it holds. */
export function signatureProblem({ method, path, headers, text }: StandInRequest, service: string): string | null {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers['authorization'] ?? '',
    );
  if (parts === null) return 'no signature that can be read';
  const [, accessKeyId, day, signedRegion, signedService, names = '', signature] = parts;
  if (accessKeyId !== awsKey.accessKeyId || signedRegion !== region || signedService !== service)
    return 'a signature of somebody else';
  const date = headers['x-amz-date'] ?? '';
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(Date.now() - at) < 5 * 60_000) || !date.startsWith(day!)) return 'a signature of another time';
  if (!names.split(';').includes('host') || headers['x-amz-security-token'] !== awsKey.sessionToken)
    return 'a signature that covers too little';
  // Every segment of the path, escaped as it was sent, is escaped once more.
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const canonicalHeaders = names
    .split(';')
    .map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  const canonical = [method, canonicalPath, '', canonicalHeaders.join(''), names, sha256(text)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const key = [day!, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${awsKey.secretAccessKey}`);
  return createHmac('sha256', key).update(toSign).digest('hex') === signature ? null : 'the signature does not match';
}
