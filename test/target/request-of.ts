import type { Turn } from '../../src/record/turn.ts';
import type { TargetOptions } from '../../src/target/target.ts';
import { targetAt } from './lone-server.ts';

export interface RequestOf {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a target would send, without sending it. */
export function requestOf(url: string, protocol: string, turn: Turn, options: Partial<TargetOptions> = {}): RequestOf {
  const target = targetAt(url, { protocol, ...options });
  const [head, body] = Buffer.from(target.prepare(turn).bytes).toString('utf8').split('\r\n\r\n');
  target.close();
  const [line, ...fields] = head!.split('\r\n');
  return {
    line: line!,
    headers: Object.fromEntries(fields.map((field) => field.split(': '))),
    body: JSON.parse(body!) as Record<string, unknown>,
  };
}
