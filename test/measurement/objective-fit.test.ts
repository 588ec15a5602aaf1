import { describe, expect, it } from 'vitest';
import { refuseAbsent } from '../../src/measurement/objective-fit.ts';

const streams = { generated: true, streamed: true, because: 'never' };
const whole = { generated: true, streamed: false, because: 'replies are asked for whole' };
const scores = { generated: false, streamed: false, because: 'rerank generates no tokens' };

describe('objectives on metrics that replies do not have', () => {
  it.each([
    ['ttft.p99 < 500ms', [whole, scores]],
    ['ttfo.p50 < 1s', [whole, scores]],
    ['tpot.p99 < 50ms', [whole, scores]],
    ['itl.p99 < 50ms', [whole, scores]],
    ['interactivity > 20/s', [whole, scores]],
    ['ntpot.p90 < 50ms', [scores]],
    ['output.rate > 100/s', [scores]],
    ['total.rate > 100/s', [scores]],
    ['e2e.p99 < 1s', []],
    ['input.rate > 100/s', []],
    ['requests.rate > 1/s', []],
    ['errors < 1%', []],
  ])('%s', (text, refusing) => {
    for (const kind of [streams, whole, scores]) {
      const judge = () => refuseAbsent(['e2e.p99 < 2s', text], kind);
      if (refusing.includes(kind))
        expect(judge).toThrow(expect.objectContaining({ code: 'objective_absent', exit: 2 }));
      else expect(judge).not.toThrow();
    }
  });
  it('are refused in a sentence that says what to use', () => {
    expect(() => refuseAbsent(['ttft.p99 < 500ms'], scores)).toThrow(
      'The objective "ttft.p99 < 500ms" can never be judged: rerank generates no tokens. Use e2e.p99, input.rate, requests.rate or errors instead.',
    );
  });
});
