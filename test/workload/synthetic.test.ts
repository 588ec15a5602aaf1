import { describe, expect, it } from 'vitest';
import type { LengthRecord } from '../../src/record/run.ts';
import type { Prompt, Session, Turn } from '../../src/record/turn.ts';
import { createWorkload, type SyntheticSpec, type Workload } from '../../src/workload/workload.ts';
import { byChars, byWords, counter } from './tokenizers.ts';

const spec = (change: Partial<SyntheticSpec> = {}): SyntheticSpec => ({
  kind: 'synthetic',
  name: 'test',
  inputTokens: 'U(40,600)',
  outputTokens: 'U(10,50)',
  sharedPrefix: null,
  conversation: null,
  ...change,
});

async function prepare(
  change: Partial<SyntheticSpec> = {},
  count: ((prompt: Prompt) => Promise<number>) | null = counter(byWords(20)).count,
  countMethod: LengthRecord['method'] = 'tokenize',
  promptKind: Prompt['kind'] = 'messages',
) {
  return createWorkload(spec(change), { seed: 1, promptKind, count, countMethod });
}

function take(workload: Workload, seed: number, count: number): Session[] {
  const sessions = workload.sessions(seed);
  return Array.from({ length: count }, () => sessions.next().value as Session);
}
const firstTurn = (session: Session) => session.next({ ok: true, text: '' }).value as Turn;
const firstTurns = (workload: Workload, seed: number, count: number) => take(workload, seed, count).map(firstTurn);
const userText = (turn: Turn) =>
  turn.prompt.kind === 'text' ? turn.prompt.text : turn.prompt.messages.at(-1)!.content;

describe('lengths as the server counts them', () => {
  it.each([
    ['a large vocabulary', byWords(20)],
    ['a small vocabulary, where longer words fall apart', byWords(5)],
  ])('are exact with %s', async (_, text) => {
    const server = counter(text);
    const { workload, lengths, notes } = await prepare({}, server.count);
    expect(lengths).toEqual({ method: 'tokenize', overheadTokens: 9, achievedShare: 1, worstError: 0, checked: 8 });
    expect(notes).toEqual([]);
    for (const turn of firstTurns(workload, 7, 200)) expect(await server.count(turn.prompt)).toBe(turn.inputTokens);
  });

  it('are exact for plain text, in a different template, and behind a system message', async () => {
    const plain = counter(byWords(20));
    const text = await prepare({}, plain.count, 'tokenize', 'text');
    for (const turn of firstTurns(text.workload, 7, 50)) expect(await plain.count(turn.prompt)).toBe(turn.inputTokens);

    const other = counter(byWords(20), 7, 31);
    const shared = await prepare({ sharedPrefix: { length: { share: 0.4 }, groups: 2 } }, other.count);
    expect(shared.lengths?.overheadTokens).toBe(38);
    for (const turn of firstTurns(shared.workload, 7, 50))
      expect(await other.count(turn.prompt)).toBe(turn.inputTokens);
  });

  it('are estimated, and said to be, where a server reports one number whatever it is sent', async () => {
    const { workload, lengths, notes } = await prepare({}, async () => 9, 'usage');
    expect(lengths?.method).toBe('estimate');
    expect(notes.join()).toContain('it does not grow with the prompt');
    expect(userText(firstTurns(workload, 7, 1)[0]!).length).toBeGreaterThan(50);
  });

  it('need few requests where each is a generation, and are exact all the same', async () => {
    const server = counter(byWords(20));
    const { workload, lengths } = await prepare({}, server.count, 'usage');
    expect(server.calls).toBeLessThan(60);
    expect(lengths).toMatchObject({ method: 'usage', worstError: 0 });
    for (const turn of firstTurns(workload, 7, 100)) expect(await server.count(turn.prompt)).toBe(turn.inputTokens);
  });

  it('are fitted and said to miss where tokens do not add up over words', async () => {
    const server = counter(byChars);
    const { workload, lengths } = await prepare({ inputTokens: 'U(300,2000)' }, server.count);
    expect(lengths?.achievedShare).toBeGreaterThan(0.99);
    expect(lengths?.achievedShare).toBeLessThan(1.01);
    expect(lengths?.worstError).toBeLessThan(0.02);
    for (const turn of firstTurns(workload, 7, 50)) {
      const achieved = await server.count(turn.prompt);
      expect(Math.abs(achieved / turn.inputTokens! - 1)).toBeLessThan(0.02);
    }
  });

  it('are estimates where nothing counts, or the count fails, and that is said', async () => {
    const blind = await prepare({}, null);
    expect(blind.lengths).toEqual({
      method: 'estimate',
      overheadTokens: null,
      achievedShare: null,
      worstError: null,
      checked: 0,
    });
    expect(blind.notes.join()).toMatch(/estimates/);
    const failing = await prepare({}, () => Promise.reject(new Error('429 Too Many Requests')));
    expect(failing.lengths?.method).toBe('estimate');
    expect(failing.notes.join()).toMatch(/429 Too Many Requests/);
    expect(firstTurns(failing.workload, 7, 3).every((turn) => userText(turn).length > 0)).toBe(true);
  });

  it('never go below what a template allows: the least is sent, planned and said', async () => {
    const server = counter(byWords(20));
    const { workload, notes } = await prepare({ inputTokens: 1, outputTokens: 512 }, server.count);
    const turns = firstTurns(workload, 7, 20);
    for (const turn of turns) expect(await server.count(turn.prompt)).toBe(10);
    expect(turns.every((turn) => turn.inputTokens === 10 && turn.outputTokens === 512)).toBe(true);
    expect(notes.join()).toMatch(/start at 1 tokens; 10 are sent/);
    expect(workload.maxInputTokens).toBe(10);
  });

  it('reach beyond the corpus', async () => {
    const server = counter(byWords(20));
    const { workload } = await prepare({ inputTokens: 1_500_000 }, server.count);
    expect(await server.count(firstTurns(workload, 7, 1)[0]!.prompt)).toBe(1_500_000);
  });

  it('refuse a distribution that cannot be', async () => {
    await expect(prepare({ inputTokens: 'U(5,1)' })).rejects.toMatchObject({ code: 'bad_distribution' });
  });
});

describe('prompts', () => {
  it('are a function of the seed, whatever is asked in between', async () => {
    const one = await prepare();
    const two = await prepare();
    expect(firstTurns(one.workload, 7, 50)).toEqual(firstTurns(two.workload, 7, 50));
    const [first, ...rest] = take(two.workload, 7, 50);
    const later = rest.reverse().map(firstTurn).reverse();
    expect([firstTurn(first!), ...later]).toEqual(firstTurns(one.workload, 7, 50));
    expect(firstTurns(one.workload, 8, 5)).not.toEqual(firstTurns(one.workload, 7, 5));
  });

  it('start with a nonce: no two agree in their first five words', async () => {
    const { workload } = await prepare();
    const starts = [7, 8, 9].flatMap((seed) =>
      firstTurns(workload, seed, 3000).map((turn) => userText(turn).split(' ').slice(0, 5).join(' ')),
    );
    expect(new Set(starts).size).toBe(starts.length);
    const firstWords = new Map<string, number>();
    for (const start of starts) {
      const word = start.split(' ')[0]!;
      firstWords.set(word, (firstWords.get(word) ?? 0) + 1);
    }
    expect(Math.max(...firstWords.values()) / starts.length).toBeLessThan(0.05);
  });

  it('read like text: words, sentences, punctuation', async () => {
    const { workload } = await prepare({ inputTokens: 2000 });
    const text = userText(firstTurns(workload, 7, 1)[0]!);
    expect(text).toMatch(/^[A-Z][a-z]+( [a-z]+){4}\. [A-Z]/);
    expect(text).toMatch(/Write a long and detailed report about the points above\.$/);
    expect(text).toMatch(/^[A-Za-z ,.]+$/);
    const sentences = text.split('. ').length;
    expect(text.split(' ').length / sentences).toBeGreaterThan(7);
    expect(text.split(' ').length / sentences).toBeLessThan(25);
  });

  it('have the lengths of the distribution, stratified and alike for every seed', async () => {
    const { workload } = await prepare({ inputTokens: 'U(100,740)', outputTokens: 'EXP(200)[1,2000]' });
    const lengths = (seed: number) => firstTurns(workload, seed, 640).map((turn) => turn.inputTokens!);
    const [a, b] = [lengths(7), lengths(8)];
    expect(a).not.toEqual(b);
    expect(a.toSorted()).toEqual(b.toSorted());
    expect(a.reduce((sum, value) => sum + value, 0) / a.length).toBeCloseTo(420, -1);
    const outputs = firstTurns(workload, 7, 6400).map((turn) => turn.outputTokens!);
    const mean = outputs.reduce((sum, value) => sum + value, 0) / outputs.length;
    expect(Math.abs(mean / workload.meanOutputTokens - 1)).toBeLessThan(0.01);
    expect(Math.max(...outputs)).toBeGreaterThan(1500); // the tail is reached
  });
});

describe('shared prefixes', () => {
  it('are one system text a group, then a nonce', async () => {
    const { workload } = await prepare({ inputTokens: 400, sharedPrefix: { length: { tokens: 100 }, groups: 2 } });
    const turns = firstTurns(workload, 7, 10);
    const systems = turns.map((turn) => (turn.prompt.kind === 'messages' ? turn.prompt.messages[0]! : null));
    expect(systems.every((message) => message?.role === 'system')).toBe(true);
    expect(new Set(systems.map((message) => message!.content)).size).toBe(2);
    expect(systems[0]).toEqual(systems[2]);
    expect(byWords(20)(systems[0]!.content)).toBe(100);
    expect(new Set(turns.map(userText)).size).toBe(10);
    expect(workload.sharedPrefix).toBe(true);
    const other = firstTurns(workload, 8, 1)[0]!;
    expect(other.prompt).not.toMatchObject({ messages: [systems[0]] });
  });

  it('as a share of inputs of many lengths begin alike', async () => {
    const { workload } = await prepare({ sharedPrefix: { length: { share: 0.5 }, groups: 1 } });
    const systems = firstTurns(workload, 7, 30).map((turn) =>
      turn.prompt.kind === 'messages' ? turn.prompt.messages[0]!.content : '',
    );
    const longest = systems.reduce((a, b) => (a.length > b.length ? a : b));
    for (const system of systems) expect(longest.startsWith(system)).toBe(true);
    expect(new Set(systems).size).toBeGreaterThan(10);
  });

  it('leave room for a prompt of its own', async () => {
    const server = counter(byWords(20));
    const { workload } = await prepare(
      { inputTokens: 60, sharedPrefix: { length: { tokens: 500 }, groups: 1 } },
      server.count,
    );
    for (const turn of firstTurns(workload, 7, 10)) expect(await server.count(turn.prompt)).toBe(60);
  });
});

describe('conversations', () => {
  const conversation = { turns: 3, turnInputTokens: 20, thinkTimeMs: 'U(500,1500)' };

  it('repeat what was said, add the reply and a new question, and think in between', async () => {
    const { workload } = await prepare({ conversation, sharedPrefix: { length: { tokens: 30 }, groups: 1 } });
    const session = take(workload, 7, 1)[0]!;
    const first = firstTurn(session);
    expect(first).toMatchObject({ thinkMs: 0, keepText: true });
    const second = session.next({ ok: true, text: 'So it is.' }).value as Turn;
    const third = session.next({ ok: true, text: '' }).value as Turn;
    expect(second).toMatchObject({ inputTokens: null, keepText: true });
    expect(second.thinkMs).toBeGreaterThanOrEqual(500);
    expect(third.keepText).toBe(false);
    const roles = (turn: Turn) => (turn.prompt.kind === 'messages' ? turn.prompt.messages.map(({ role }) => role) : []);
    expect(roles(third)).toEqual(['system', 'user', 'assistant', 'user', 'assistant', 'user']);
    const messages = third.prompt.kind === 'messages' ? third.prompt.messages : [];
    expect(messages.slice(0, 2)).toEqual(first.prompt.kind === 'messages' ? first.prompt.messages : []);
    expect(messages[2]!.content).toBe('So it is.');
    expect(messages[4]!.content).not.toBe(''); // some servers refuse an empty message
    expect(byWords(20)(messages[5]!.content)).toBe(20);
    expect(session.next({ ok: true, text: 'Bye.' }).done).toBe(true);
    expect(workload.maxInputTokens).toBe(600 + 2 * (50 + 20 + 9));
  });

  it('know what a request of theirs asks on average: long sessions have more of them, and later ones', async () => {
    const server = counter(byWords(20));
    const { workload } = await prepare({ conversation: { ...conversation, turns: 'U(1,9)' } }, server.count);
    let [requests, tokens] = [0, 0];
    for (const session of take(workload, 7, 64 * 9))
      for (let next = session.next(); next.done !== true; ) {
        requests++;
        tokens += await server.count(next.value.prompt);
        next = session.next({ ok: true, text: Array(30).fill('so').join(' ') });
      }
    expect(workload.meanInputTokens / (tokens / requests)).toBeCloseTo(1, 2);
  });

  it('end where a reply failed', async () => {
    const { workload } = await prepare({ conversation });
    const session = take(workload, 7, 1)[0]!;
    firstTurn(session);
    expect(session.next({ ok: false, text: '' }).done).toBe(true);
  });

  it('are one question without them', async () => {
    const { workload } = await prepare();
    const session = take(workload, 7, 1)[0]!;
    expect(firstTurn(session).keepText).toBe(false);
    expect(session.next({ ok: true, text: '' }).done).toBe(true);
  });
});
