import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

/** The ranks of the house plan. `error/` lies below all: every room may refuse a user's input. */
const ranks: Record<string, number> = {
  error: -1,
  clock: 0, random: 0, statistics: 0, wire: 0, economics: 0, document: 0, yaml: 0,
  record: 1,
  workload: 2, target: 2, telemetry: 2, simulate: 2,
  load: 3, measurement: 3, store: 3,
  compare: 4, procurement: 4,
  experiment: 5, report: 5,
  commands: 6,
}; // biome-ignore format: the table of the plan
const src = resolve(import.meta.dirname, '../src');

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(folder, f));
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\1/g);
  return [...found].map((m) => resolve(dirname(file), m[2]!));
}

const room = (file: string) => relative(src, file).split('/')[0]!;
const graph = new Map(sources(src).map((file) => [file, imports(file).filter((f) => f.startsWith(src))]));

it('imports only from the own folder and from folders of a lower rank, types included', () => {
  const wrong: string[] = [];
  for (const [file, targets] of graph) {
    if (dirname(file) === src) continue; // start.ts: the entry, above all rooms
    for (const target of targets) {
      const [from, to] = [room(file), room(target)];
      if (ranks[from] === undefined) wrong.push(`${from}/ has no rank`);
      else if (from !== to && !((ranks[to] ?? 99) < ranks[from]!))
        wrong.push(`${relative(src, file)} -> ${relative(src, target)}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('has no cycle between files', () => {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: string[]): string[] | null => {
    if (state.get(file) === 'done') return null;
    if (state.get(file) === 'open') return [...path.slice(path.indexOf(file)), file];
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle) return cycle;
    }
    state.set(file, 'done');
    return null;
  };
  for (const file of graph.keys()) expect(visit(file, [])?.map((f) => relative(src, f)) ?? null).toBeNull();
});

it('resolves every relative import to a file', () => {
  const missing = [...graph].flatMap(([file, targets]) =>
    targets
      .filter((t) => !graph.has(t) && !t.endsWith('.json'))
      .map((t) => `${relative(src, file)} -> ${relative(src, t)}`),
  );
  expect(missing).toEqual([]);
});
