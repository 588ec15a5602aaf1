import { type Block, type Document, heading, note, number } from '../document/document.ts';
import { formatNumber } from '../document/number.ts';
import type { RateLimit } from '../record/exchange.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import { limitWords } from './limits.ts';
import { serverWords } from './server.ts';

interface TrialWords {
  readonly roundTrip: {
    readonly dnsMs: number | null;
    readonly connectMs: number | null;
    readonly tlsMs: number | null;
    readonly firstMs: number;
    readonly againMs: number;
    readonly serverMs: number;
  } | null;
  readonly seeds: boolean | null;
  readonly toolCalls: boolean | null;
  readonly prefixCache: boolean | null;
  readonly limits: readonly RateLimit[];
  readonly tokens: number;
}

/** What a probe found, as data; the probe itself is not known here. */
export interface ProbeFindings {
  readonly url: string;
  readonly simulated: boolean;
  readonly server: ServerIdentity;
  readonly models: readonly { readonly id: string; readonly contextTokens: number | null }[];
  readonly model: string | null;
  readonly protocol: string;
  readonly http2?: boolean | null;
  readonly features: ServerFeatures;
  readonly trials?: TrialWords | null;
  readonly frontDoor: {
    readonly path: string;
    readonly connections: number;
    readonly requestsPerS: number;
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
    readonly non2xx: number;
    readonly errors: number;
  } | null;
  readonly reasons: readonly string[];
}

const yesNo = (value: boolean | null) => (value === null ? 'not known' : value ? 'yes' : 'no');

/** The document of `tokbench probe`. */
export function probeDocument(found: ProbeFindings): Document {
  return {
    title: 'tokbench probe',
    subtitle: found.url,
    banners: found.simulated ? [{ tone: 'warn', label: 'SIMULATED', text: 'a simulated server, not a real one' }] : [],
    verdict: null,
    blocks: [
      {
        kind: 'facts',
        items: [
          { key: 'server', value: serverWords(found.server) },
          { key: 'protocol', value: found.protocol },
          ...(found.http2 == null
            ? []
            : [{ key: 'HTTP/2', value: found.http2 ? 'served, too; tokbench measures over HTTP/1.1' : 'not served' }]),
          { key: 'models', value: modelWords(found.models) },
        ],
      },
      ...(found.model === null ? [] : featureBlocks(found.model, found)),
      ...trialBlocks(found.trials ?? null),
      ...frontDoorBlocks(found.frontDoor),
      ...found.reasons.map((reason) => note('info', reason)),
    ],
    rows: null,
  };
}

const mostModels = 10;

function modelWords(models: ProbeFindings['models']): string {
  const shown = models.slice(0, mostModels).map(({ id, contextTokens }) => {
    return contextTokens === null ? id : `${id} (context ${formatNumber(contextTokens, true)})`;
  });
  const more = models.length > mostModels ? [`and ${models.length - mostModels} more`] : [];
  return [...shown, ...more].join(', ') || 'none listed';
}

/** What small generations showed: where the time of a token goes, and what the model can do beside. */
function trialBlocks(trials: TrialWords | null): Block[] {
  if (trials === null) return [];
  const { roundTrip, limits } = trials;
  const span = (ms: number | null) => (ms === null ? 'none' : number(ms, 'ms'));
  const trip =
    roundTrip === null
      ? []
      : [
          heading('One token’s round trip', 2),
          {
            kind: 'facts' as const,
            items: [
              { key: 'name looked up', value: span(roundTrip.dnsMs) },
              { key: 'connected', value: span(roundTrip.connectMs) },
              { key: 'TLS', value: span(roundTrip.tlsMs) },
              { key: 'server', value: number(roundTrip.serverMs, 'ms') },
              { key: 'to the first token, new connection', value: number(roundTrip.firstMs, 'ms') },
              { key: 'to the first token, open connection', value: number(roundTrip.againMs, 'ms') },
            ],
          },
        ];
  return [
    {
      kind: 'facts',
      items: [
        { key: 'seeds', value: yesNo(trials.seeds) },
        { key: 'tool calls', value: yesNo(trials.toolCalls) },
        { key: 'prefix cache', value: yesNo(trials.prefixCache) },
        ...limits.map((limit, index) => ({
          key: index === 0 ? 'rate limits' : '',
          value: `${limitWords(limit)}: ${formatNumber(limit.remaining, true)} left of ${formatNumber(limit.limit, true)}`,
        })),
        { key: 'taken by the trials', value: `${formatNumber(trials.tokens, true)} tokens` },
      ],
    },
    ...trip,
  ];
}

/** Options of a stream and the name of the cap are asked of OpenAI's routes only; other protocols have one way each. */
function featureBlocks(model: string, { features, protocol }: ProbeFindings): Block[] {
  const ofOpenai = protocol.startsWith('openai-') || protocol === 'azure';
  const { forcedLength, contextTokens, tokenize } = features;
  return [
    heading(`What ${model} can do`, 2),
    {
      kind: 'facts',
      items: [
        { key: 'context', value: contextTokens === null ? 'not known' : number(contextTokens, 'tokens') },
        {
          key: 'forced output length',
          value: forcedLength === null ? 'no' : `yes, by ${Object.keys(forcedLength).join(' and ')}`,
        },
        ...(ofOpenai ? openaiItems(features) : []),
        { key: 'tokenize route', value: tokenize === null ? 'none' : tokenize.path },
        { key: 'metrics route', value: features.metrics ?? 'none' },
      ],
    },
  ];
}

function openaiItems(features: ServerFeatures): { key: string; value: string }[] {
  return [
    { key: 'field for the cap', value: features.capField },
    { key: 'usage in a stream', value: yesNo(features.streamUsage) },
    { key: 'usage in every event', value: yesNo(features.continuousUsage) },
    { key: 'token ids', value: yesNo(features.tokenIds) },
  ];
}

function frontDoorBlocks(door: ProbeFindings['frontDoor']): Block[] {
  if (door === null) return [];
  const { latencyMs } = door;
  return [
    heading('Front door', 2),
    {
      kind: 'facts',
      items: [
        { key: 'route', value: `${door.path} over ${door.connections} connections` },
        { key: 'requests', value: number(door.requestsPerS, 'requests/s') },
        { key: 'latency p50', value: wholeMs(latencyMs.p50) },
        { key: 'latency p99', value: wholeMs(latencyMs.p99) },
        { key: 'failures', value: `${door.errors} errors, ${door.non2xx} answers that were not 2xx` },
      ],
    },
  ];
}

/** autocannon counts whole milliseconds. */
const wholeMs = (ms: number) => (ms < 1 ? 'below 1 ms' : `${formatNumber(ms)} ms`);
