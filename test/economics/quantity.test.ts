import { describe, expect, it } from 'vitest';
import {
  ofDeployment,
  per,
  perAccelerator,
  requests,
  secondToMonth,
  usd,
  usdPerMillion,
  wholeUnits,
} from '../../src/economics/quantity.ts';
import { UserError } from '../../src/error/user-error.ts';

describe('money with its scope', () => {
  it('changes its period only by name', () => {
    expect(per(usd(8760, 'server', 'year'), 'year', 'month')).toBe(730);
    expect(per(usd(730, 'server', 'month'), 'month', 'hour')).toBe(1);
    expect(perAccelerator(usd(16, 'server', 'hour'), 8)).toBe(2);
    expect(ofDeployment(usd(16, 'server', 'hour'), 3)).toBe(48);
    expect(secondToMonth(requests(1, 'replica', 'second'))).toBe(2_628_000);
  });

  it('does not let one scope pass for another', () => {
    const takesServer = (price: ReturnType<typeof usd<'server', 'year'>>) => price;
    // @ts-expect-error a price per accelerator is not a price per server
    takesServer(usd(1, 'accelerator', 'year'));
    // @ts-expect-error a monthly price is not a yearly one
    takesServer(usd(1, 'server', 'month'));
    // @ts-expect-error a bare number has no scope
    takesServer(1);
    // @ts-expect-error the period named must be the period it has
    per(usd(1, 'server', 'year'), 'month', 'hour');
    // @ts-expect-error an output price is not an input price
    const input: ReturnType<typeof usdPerMillion<'input'>> = usdPerMillion(1, 'output');
    expect(input).toBe(1);
  });

  it('refuses what is no amount, with a sentence', () => {
    expect(() => usd(Number.NaN, 'server', 'once')).toThrow(UserError);
    expect(() => usd(Number.POSITIVE_INFINITY, 'server', 'once')).toThrow(
      /USD per server and once must be a finite number/,
    );
  });

  it('buys whole units', () => {
    expect([0, 0.1, 1, 3.0000000001, 3.01].map(wholeUnits)).toEqual([0, 1, 1, 3, 4]);
  });
});
