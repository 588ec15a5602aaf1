import { type OwnedDeployment, ownedCost } from '../../../src/economics/ownership.ts';
import { usd } from '../../../src/economics/quantity.ts';
import {
  alwaysOnRental,
  autoscaledRental,
  commitment,
  prepaidRental,
  spotPrice,
} from '../../../src/economics/rental.ts';
import { type Data, type Runner, utilDay } from './vector.ts';

export function deploymentOf(x: Data): OwnedDeployment {
  return {
    price: usd(x.P, 'server', 'once'),
    install: usd(x.install, 'server', 'once'),
    fabricShare: x.f_net,
    residualShare: x.rho,
    lifeYears: x.n,
    wacc: x.r,
    acceleratorsPerServer: x.G,
    kwIt: x.kW_it,
    kwProvisioned: x.kW_prov,
    loadFactor: x.load,
    pue: x.pue,
    usdPerKwh: x.p_kwh,
    colocationUsdPerKwMonth: x.colo,
    colocationIncludesPower: x.coloIncludesPower,
    maintenanceShare: x.m,
    licences: usd(x.sw, 'accelerator', 'year'),
    fteFixed: x.fte_fixed,
    ftePerServer: x.fte_server,
    fteUsdPerYear: x.fte_usd,
    other: usd(0, 'deployment', 'year'),
    serversNeeded: x.N_need,
    serversBought: x.N_buy,
    availability: x.A,
  };
}

const owned: Runner = (x) => {
  const cost = ownedCost(deploymentOf(x));
  return {
    capex: cost.capex,
    RV: cost.residual,
    CRF: cost.recoveryFactor,
    EAC: cost.annuity,
    SL: cost.straightLine,
    energy: cost.energy,
    colo: cost.colocation,
    maint: cost.maintenance,
    staff: cost.staff,
    opex_y: cost.opex,
    total_annuity: cost.total.annuity,
    total_sl: cost.total.straightLine,
    gpuh: cost.acceleratorHours.serving,
    usd_gpuh_annuity: cost.perAcceleratorHour.annuity,
    usd_gpuh_sl: cost.perAcceleratorHour.straightLine,
  };
};

/** Everything that a bare figure of a vendor leaves out is zero. */
const bare = { install: 0, f_net: 0, rho: 0, r: 0, kW_it: 0, kW_prov: 0, load: 0, pue: 1, p_kwh: 0, colo: 0 };
const bareDeployment = { ...bare, coloIncludesPower: false, m: 0, fte_fixed: 0, fte_server: 0, fte_usd: 0 };

export const ownedRunners: Record<string, Runner> = {
  'OWN-1': owned,
  'OWN-2': owned,
  'OWN-3': owned,
  'OWN-4': (x) => {
    const all = { ...bareDeployment, P: x.P, n: x.years, G: x.G, sw: x.sw_y / x.G, N_need: 1, N_buy: 1, A: 1 };
    const cost = ownedCost({ ...deploymentOf(all), other: usd(x.hosting_y, 'deployment', 'year') });
    return { year: cost.total.straightLine, usd_gpuh: cost.perAcceleratorHour.straightLine };
  },
  'OWN-5': owned,
  'OWN-6': owned,
  'OWN-7': owned,
  'OWN-8': (x, out) =>
    Object.fromEntries(
      Object.keys(out).map((key) => {
        const [, n, r] = /^n(\d+)_r([\d.]+)$/.exec(key)!;
        const row = owned({ ...x, n: Number(n), r: Number(r) }, null) as Data;
        return [key, x.columns.map((column: string) => row[column])];
      }),
    ),
  'RENT-1': (x) => {
    const list = usd<'instance', 'hour'>(x.list_instance_h, 'instance', 'hour');
    const always = alwaysOnRental(list, 1);
    const committed = commitment(list, x.d);
    return {
      usd_gpuh_list: list / x.G,
      month_730h: always.perMonth,
      year_8760h: always.perYear,
      year_committed: committed.perInstanceYear,
      usd_gpuh_committed: committed.perInstanceHour / x.G,
      breakeven_duty: committed.breakEvenDuty,
      breakeven_hours_y: committed.breakEvenHoursPerYear,
    };
  },
  'RENT-2': (x) => {
    const rental = autoscaledRental({
      hourly: utilDay,
      capacityPerHour: x.cap,
      headroom: x.headroom,
      leastInstances: x.min_instances,
      coldStartHours: x.cold_start_h,
      list: usd(x.list_instance_h, 'instance', 'hour'),
    });
    return {
      instances: rental.instances,
      instance_h: rental.instanceHours,
      scale_ups: rental.scaleUps,
      billed_h: rental.billedHours,
      day_usd: rental.perDay,
      always_on_day_usd: rental.alwaysOnPerDay,
    };
  },
  'RENT-3': (x) => ({
    effective_usd_gpuh: spotPrice(usd<'accelerator', 'hour'>(x.spot_usd_gpuh, 'accelerator', 'hour'), x.lost_fraction),
  }),
  'RENT-4': (x) => {
    const rental = prepaidRental({
      rate: usd(x.rate_usd_gpuh, 'accelerator', 'hour'),
      acceleratorsPerInstance: x.G,
      years: x.years,
      upfrontShare: x.upfront_share,
      wacc: x.r,
    });
    return {
      total: rental.total,
      upfront: rental.upfront,
      monthly: rental.monthly,
      pv: rental.presentValue,
      monthly_annuity_factor: rental.monthlyAnnuityFactor,
      level_month: rental.levelMonth,
      level_usd_gpuh: rental.levelPerAcceleratorHour,
      uplift: rental.uplift,
    };
  },
};
