import type { Exposition, Series } from './exposition.ts';
import { canonicalName, type ServerFamilies, serverFamilies } from './server-names.ts';

/** Labels under which one family holds several quantities, see Triton's. */
const splitting = ['request_type', 'kv_cache_block_type'];

/** Families of a scrape under the engine's own names. Counters may come with or without `_total`. */
export class ServerScrape {
  readonly families: ServerFamilies;
  private readonly series: ReadonlyMap<string, readonly Series[]>;

  private constructor(families: ServerFamilies, series: ReadonlyMap<string, readonly Series[]>) {
    this.families = families;
    this.series = series;
  }

  /**
   * @param model of the deployment under test: where an endpoint tells of several, only this one's series are taken
   * @returns null when the scrape is of no server that is known
   */
  static of({ families }: Pick<Exposition, 'families'>, model: string | null = null): ServerScrape | null {
    const series = new Map<string, Series[]>();
    for (const [raw, all] of families) {
      const name = canonicalName(raw);
      for (const one of chosen(all, model)) {
        push(series, name, one);
        for (const label of splitting)
          if (name.startsWith('nv_trt_llm_') && one.labels[label]) push(series, `${name}/${one.labels[label]}`, one);
      }
    }
    const has = (name: string) => series.has(name) || series.has(name.replace(/_total$/, ''));
    const found = serverFamilies.find((candidate) => candidate.marks.some(has) && (candidate.needs ?? []).every(has));
    return found === undefined ? null : new ServerScrape(found, series);
  }

  /** Series of the first name that is there. */
  first(names: readonly string[] = []): readonly Series[] {
    for (const name of names) {
      const all =
        this.series.get(name) ?? this.series.get(name.replace(/_total$/, '')) ?? this.series.get(`${name}_total`);
      if (all !== undefined) return all;
    }
    return [];
  }

  /** Sum over label sets, each rank's repetition counted once. Undefined without any finite value. */
  sum(names: readonly string[] | undefined, include: (series: Series) => boolean = () => true): number | undefined {
    const values = this.distinct(this.first(names).filter(include));
    return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
  }

  /** The largest over label sets. */
  largest(names: readonly string[] | undefined): number | undefined {
    const values = this.first(names).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
    return values.length === 0 ? undefined : Math.max(...values);
  }

  /** Series of every name of the exposition. */
  named(name: string): readonly Series[] {
    return this.series.get(name) ?? [];
  }

  private distinct(all: readonly Series[]): number[] {
    const repeats = this.families.repeats ?? [];
    const groups = new Map<string, number>();
    all.forEach(({ labels, value }, at) => {
      if (!Number.isFinite(value)) return;
      const rest = Object.entries(labels).filter(([name]) => !repeats.includes(name));
      const key = repeats.length === 0 ? String(at) : JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)));
      groups.set(key, Math.max(groups.get(key) ?? Number.NEGATIVE_INFINITY, value));
    });
    return [...groups.values()];
  }
}

function push(series: Map<string, Series[]>, name: string, one: Series): void {
  const all = series.get(name);
  if (all) all.push(one);
  else series.set(name, [one]);
}

/** Series of the model under test, where its name occurs at all. */
function chosen(all: readonly Series[], model: string | null): readonly Series[] {
  if (model === null) return all;
  const own = all.filter(({ labels }) => (labels['model_name'] ?? labels['model']) === model);
  return own.length === 0 ? all : own;
}
