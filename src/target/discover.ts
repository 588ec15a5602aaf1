import type { ServerIdentity } from '../record/server.ts';
import { askAll, identityOf, type ListedModel, modelsOf } from './answers.ts';
import { createAsker } from './ask.ts';

/** Where model servers listen unless told otherwise: vLLM, llama.cpp and TGI, Ollama, SGLang, Triton, LM Studio. */
export const usualPorts: readonly number[] = [8000, 8080, 11434, 30000, 9000, 1234];

export interface Discovered {
  readonly url: string;
  readonly identity: ServerIdentity;
  readonly models: readonly ListedModel[];
}

const limitMs = 1000;

/** The model servers that answer on this machine's usual ports, in that order; no other machine is asked. */
export async function discover(ports: readonly number[] = usualPorts): Promise<Discovered[]> {
  const found = await Promise.all(ports.map(lookAt));
  return found.filter((server) => server !== null);
}

/** Anything may listen there: only what lists models, or bears a known server's mark, is one. */
async function lookAt(port: number): Promise<Discovered | null> {
  const url = `http://127.0.0.1:${port}/v1`;
  const asker = createAsker({ url, timeoutMs: limitMs });
  try {
    const answers = await askAll(asker);
    const identity = identityOf(answers);
    const models = modelsOf(answers) ?? [];
    return identity.name === 'unknown' && models.length === 0 ? null : { url, identity, models };
  } finally {
    asker.close();
  }
}
