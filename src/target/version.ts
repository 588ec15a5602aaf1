import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** `user-agent` of every request. */
export const userAgent = `tokbench/${(manifest as { version: string }).version}`;
