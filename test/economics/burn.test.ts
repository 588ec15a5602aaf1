import { expect, it } from 'vitest';
import { forecastBurn } from '../../src/economics/burn.ts';
import { usd } from '../../src/economics/quantity.ts';

it('forecasts a bill that follows volume and price', () => {
  const forecast = forecastBurn(usd(100, 'deployment', 'month'), 0.5, 0.2, 13);
  expect(forecast[0]).toEqual({ month: 1, usd: 100 });
  expect(forecast[12]!.usd).toBeCloseTo(120, 9);
});
