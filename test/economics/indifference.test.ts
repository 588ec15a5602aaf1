import { expect, it } from 'vitest';
import { serverPriceFor } from '../../src/economics/indifference.ts';
import { usd } from '../../src/economics/quantity.ts';
import { deploymentOf } from './vectors/owned.ts';
import { inputsOf } from './vectors/vector.ts';

it('asks no price of a vendor whose running cost alone is above the tie', () => {
  const deployment = deploymentOf(inputsOf('OWN-1'));
  expect(serverPriceFor(deployment, usd(0.5, 'accelerator', 'hour'))).toMatchObject({ state: 'not-reached' });
});
