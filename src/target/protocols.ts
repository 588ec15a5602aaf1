import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { gemini } from './gemini.ts';
import { llamacpp } from './llamacpp.ts';
import { ollama } from './ollama.ts';
import { openaiChat, openaiCompletions } from './openai.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Protocol } from './protocol.ts';
import { rerank } from './rerank.ts';
import { sagemaker } from './sagemaker.ts';
import { score } from './score.ts';
import { sglang } from './sglang.ts';
import { tei } from './tei.ts';
import { tgi } from './tgi.ts';
import { triton } from './triton.ts';
import { vertex } from './vertex.ts';

/** Every protocol that tokbench speaks: a new one is one file and one line here. */
const protocols: readonly Protocol[] = [
  openaiChat,
  openaiCompletions,
  openaiResponses,
  openaiEmbeddings,
  azure,
  anthropic,
  gemini,
  vertex,
  bedrock,
  sagemaker,
  llamacpp,
  ollama,
  rerank,
  score,
  sglang,
  tei,
  tgi,
  triton,
];

export const protocolNames: readonly string[] = protocols.map((protocol) => protocol.name);

/** What replies of a protocol hold; tokens where its name is not known, as in a run of another version. */
export function outputOf(name: string): Protocol['output'] {
  return protocols.find((candidate) => candidate.name === name)?.output ?? 'tokens';
}

/** Throws UserError `unknown_protocol` (exit 2) that names the nearest. */
export function protocolNamed(name: string): Protocol {
  const protocol = protocols.find((candidate) => candidate.name === name);
  if (protocol !== undefined) return protocol;
  throw new UserError(
    'unknown_protocol',
    `There is no protocol "${name}". Did you mean "${closest(name, [...protocolNames])}"? Known: ${protocolNames.join(', ')}.`,
  );
}
