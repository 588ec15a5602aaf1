import { describe, expect, it } from 'vitest';
import { acceleratorsOf, recordedAccelerators } from '../../src/procurement/hardware-count.ts';

describe('hardware behind a run', () => {
  it('is counted in accelerators, as offers count theirs', () => {
    expect(acceleratorsOf({ name: 'h100-sxm', count: 2 })).toEqual({ name: 'h100-sxm', count: 2 });
    expect(acceleratorsOf({ name: 'dgx-h100', count: 2 })).toEqual({ name: 'h100-sxm', count: 16 });
    expect(acceleratorsOf({ name: 'p5.48xlarge', count: 1 })).toEqual({ name: 'h100-sxm', count: 8 });
  });
  it('is a mistake where it is typed and unknown, and taken as it is where a run recorded it', () => {
    expect(() => acceleratorsOf({ name: 'h100-sxn', count: 1 })).toThrow('Did you mean "h100-sxm"?');
    expect(recordedAccelerators({ name: 'my-own-box', count: 3 })).toEqual({ name: 'my-own-box', count: 3 });
    expect(recordedAccelerators({ name: 'dgx-h100', count: 1 })).toEqual({ name: 'h100-sxm', count: 8 });
    expect(recordedAccelerators(null)).toBeNull();
  });
});
