import { formatNumber, formatQuantity } from '../document/number.ts';
import { reasonWords } from '../measurement/telemetry-doubt.ts';
import type { EnergySummary } from '../measurement/telemetry-summary.ts';

/** `0.36 J per output token · 2.78 tok/s/W · 360 kJ, 6.00 kW; energy counters of the accelerator boards, 8 devices …` */
export function energyWords(energy: EnergySummary | null, devices: number): string | null {
  if (energy === null || devices === 0) return null;
  const { valid, energyJ, powerMeanW, joulesPerOutputToken, outputTokensPerJ, basis } = energy;
  if (!valid) return `not counted: ${energy.reasons.map((code) => whyNot(code, energy)).join('; ')}`;
  const parts = [
    joulesPerOutputToken === null ? null : `${formatNumber(joulesPerOutputToken)} J per output token`,
    outputTokensPerJ === null ? null : `${formatNumber(outputTokensPerJ)} tok/s/W`,
    `${formatQuantity(energyJ, 'J')}, ${formatQuantity(powerMeanW, 'W')}`,
    aboveIdle(energy),
  ];
  return `${parts.filter((part) => part !== null).join(' · ')}; ${basis}${checkWords(energy)}`;
}

function whyNot(code: string, { devicesObserved, devicesExpected }: EnergySummary): string {
  if (code !== 'expected_device_count_mismatch' || devicesExpected === null) return reasonWords(code);
  return `accelerators watched: ${devicesObserved}, by --hardware: ${devicesExpected}`;
}

function aboveIdle({ joulesAboveIdlePerOutputToken, idlePowerW }: EnergySummary): string | null {
  if (joulesAboveIdlePerOutputToken === null || idlePowerW === null) return null;
  return `${formatNumber(joulesAboveIdlePerOutputToken)} J above the ${formatQuantity(idlePowerW, 'W')} at rest`;
}

/** The other method, where both are there. */
function checkWords({ crossCheck }: EnergySummary): string {
  if (crossCheck === null) return '';
  const off = formatQuantity(Math.abs(crossCheck.relativeError), 'share');
  return crossCheck.within ? `; integrated power agrees within ${off}` : `; integrated power differs by ${off}`;
}
