/** Buckets of vLLM's histograms, in its units. */
const ttftBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const itlBuckets = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const requestBuckets = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
const tokenBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

/** Cumulative histogram as Prometheus has it. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.count++;
    this.sum += value;
    for (let i = 0; i < this.bounds.length; i++) {
      if (value > this.bounds[i]!) continue;
      this.counts[i]!++;
      return;
    }
  }
}

export type FinishedReason = 'stop' | 'length' | 'abort' | 'error';

/** State of the scheduler at the time of a scrape. */
export interface Gauges {
  readonly running: number;
  readonly waiting: number;
  readonly kvUsage: number;
  readonly preemptions: number;
}

/** The counters of the server under vLLM's names. */
export class Metrics {
  /** Requests being served; `/load`. */
  inFlight = 0;
  promptTokens = 0;
  cachedTokens = 0;
  generationTokens = 0;
  readonly finished: Record<FinishedReason, number> = { stop: 0, length: 0, abort: 0, error: 0 };
  readonly ttft = new Histogram(ttftBuckets);
  readonly interToken = new Histogram(itlBuckets);
  readonly e2e = new Histogram(requestBuckets);
  readonly queueTime = new Histogram(requestBuckets);
  readonly promptLengths = new Histogram(tokenBuckets);
  readonly generationLengths = new Histogram(tokenBuckets);
  readonly #labels: string;
  readonly #startedUnixS: number;

  constructor(model: string, startedUnixMs: number) {
    this.#labels = `model_name="${model.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
    this.#startedUnixS = startedUnixMs / 1000;
  }

  /** A prompt was computed: its tokens, cached ones included. */
  prompt(tokens: number, cached: number): void {
    this.promptTokens += tokens;
    this.cachedTokens += cached;
  }

  end(reason: FinishedReason, e2eS: number, promptTokens: number, outputTokens: number): void {
    this.finished[reason]++;
    this.e2e.observe(e2eS);
    this.promptLengths.observe(promptTokens);
    this.generationLengths.observe(outputTokens);
  }

  /** Prometheus text, in the order and the number format of vLLM 0.32. */
  exposition(gauges: Gauges): string {
    const memory = process.memoryUsage.rss();
    const cpu = process.cpuUsage();
    return [
      plain('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', memory),
      plain(
        'process_start_time_seconds',
        'gauge',
        'Start time of the process since unix epoch in seconds.',
        this.#startedUnixS,
      ),
      plain(
        'process_cpu_seconds_total',
        'counter',
        'Total user and system CPU time spent in seconds.',
        (cpu.user + cpu.system) / 1e6,
      ),
      this.#gauge('num_requests_running', 'Number of requests in model execution batches.', gauges.running),
      this.#gauge('num_requests_waiting', 'Number of requests waiting to be processed.', gauges.waiting),
      this.#gauge('kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', gauges.kvUsage),
      this.#counter(
        'prefix_cache_queries',
        'Prefix cache queries, in terms of number of queried tokens.',
        this.promptTokens,
      ),
      this.#counter('prefix_cache_hits', 'Prefix cache hits, in terms of number of cached tokens.', this.cachedTokens),
      this.#counter('num_preemptions', 'Cumulative number of preemption from the engine.', gauges.preemptions),
      this.#counter('prompt_tokens', 'Number of prefill tokens processed.', this.promptTokens),
      this.#counter('prompt_tokens_cached', 'Number of cached prompt tokens (local + external).', this.cachedTokens),
      this.#counter('generation_tokens', 'Number of generation tokens processed.', this.generationTokens),
      this.#finishedCounter(),
      this.#histogram('request_prompt_tokens', 'Number of prefill tokens processed.', this.promptLengths),
      this.#histogram('request_generation_tokens', 'Number of generation tokens processed.', this.generationLengths),
      this.#histogram('time_to_first_token_seconds', 'Histogram of time to first token in seconds.', this.ttft),
      this.#histogram('inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', this.interToken),
      this.#histogram('e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', this.e2e),
      this.#histogram(
        'request_queue_time_seconds',
        'Histogram of time spent in WAITING phase for request.',
        this.queueTime,
      ),
    ].join('');
  }

  #gauge(name: string, help: string, value: number): string {
    return `${intro(`vllm:${name}`, 'gauge', help)}vllm:${name}{engine="0",${this.#labels}} ${float(value)}\n`;
  }

  #counter(name: string, help: string, value: number): string {
    const labels = `{engine="0",${this.#labels}}`;
    return (
      `${intro(`vllm:${name}_total`, 'counter', help)}vllm:${name}_total${labels} ${float(value)}\n` +
      `${intro(`vllm:${name}_created`, 'gauge', help)}vllm:${name}_created${labels} ${float(this.#startedUnixS)}\n`
    );
  }

  #finishedCounter(): string {
    const lines = Object.entries({ ...this.finished, repetition: 0 }).map(
      ([reason, count]) =>
        `vllm:request_success_total{engine="0",finished_reason="${reason}",${this.#labels}} ${float(count)}\n`,
    );
    return intro('vllm:request_success_total', 'counter', 'Count of successfully processed requests.') + lines.join('');
  }

  #histogram(name: string, help: string, histogram: Histogram): string {
    let text = intro(`vllm:${name}`, 'histogram', help);
    let cumulative = 0;
    histogram.bounds.forEach((bound, i) => {
      cumulative += histogram.counts[i]!;
      text += `vllm:${name}_bucket{engine="0",le="${float(bound)}",${this.#labels}} ${float(cumulative)}\n`;
    });
    text += `vllm:${name}_bucket{engine="0",le="+Inf",${this.#labels}} ${float(histogram.count)}\n`;
    text += `vllm:${name}_count{engine="0",${this.#labels}} ${float(histogram.count)}\n`;
    return `${text}vllm:${name}_sum{engine="0",${this.#labels}} ${float(histogram.sum)}\n`;
  }
}

function intro(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function plain(name: string, type: string, help: string, value: number): string {
  return `${intro(name, type, help)}${name} ${float(value)}\n`;
}

/** As the Python client writes a double: `4174.0`, and `1.7955e+09` from a million on. */
export function float(value: number): string {
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= 6) {
    const [mantissa, power] = value.toExponential().split('e+');
    return `${mantissa}e+${power!.padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
