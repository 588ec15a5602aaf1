import { count, define, positive, share } from './definition.ts';

/** Assumptions of section 2.3 to 2.6: what capacity costs, and where it stands. Defaults and ranges are those of section 3. */

const stated = 'nothing is added that nobody stated';
const configiq = 'Red Hat ConfigIQ, default cost assumptions, 2026-09-01';
const hardware = { expiresAfterDays: 180 } as const;
const rental = { expiresAfterDays: 30 } as const;

const owned = [
  define('owned.server.price_usd', 'P', 'USD/server', 'server', 'Price of a complete server', {
    ...positive,
    ...hardware,
    most: 2e7,
  }),
  define('owned.server.install_usd', 'install', 'USD/server', 'server', 'Delivery and commissioning', {
    ...hardware,
    most: 5e6,
    basis: '7 % of the server price, from 5.1 to 9.2 % by product line',
  }),
  define('owned.server.accelerators', 'G', 'accelerators/server', 'server', 'Accelerators in a server', {
    ...count,
    ...positive,
    most: 1024,
  }),
  define('owned.server.power_kw', 'kW_it', 'kW/server', 'server', 'IT power of a server at full load', {
    ...positive,
    most: 1000,
  }),
  define('owned.server.power_provisioned_kw', 'kW_prov', 'kW/server', 'server', 'Power capacity paid for', {
    ...positive,
    most: 1000,
    basis: 'as the IT power at full load',
  }),
  define('owned.power_basis', 'basis', 'word', 'server', 'What the IT power contains', {
    type: 'word',
    default: 'all-in-it',
    words: ['metered-wall', 'metered-board', 'all-in-it', 'all-in-utility', 'tdp'],
    basis: 'a server with its share of host, fans and network cards',
  }),
  define('owned.fabric_share', 'f_net', 'share of server price', 'server', 'Fabric and storage', {
    most: 2,
    default: 0.1,
    range: [0, 0.2],
    basis: 'assumption',
  }),
  define('owned.residual_share', 'rho', 'share of server price', 'server', 'Residual value at the end of life', {
    ...share,
    default: 0.2,
    range: [0.05, 0.35],
    basis: configiq,
  }),
  define('owned.life_years', 'n', 'years', 'server', 'Economic life', {
    ...positive,
    most: 20,
    default: 4,
    range: [3, 6],
    basis: 'vendors 4 to 6 years, critics 2 to 3',
  }),
  define('owned.maintenance_share', 'm', 'share of server price/year', 'server', 'Maintenance', {
    ...share,
    default: 0.05,
    range: [0.03, 0.1],
    basis: configiq,
  }),
  define('owned.licences_usd_per_accelerator_year', 'sw', 'USD/accelerator-year', 'accelerator', 'Licences', {
    most: 1e5,
    default: 0,
    basis: `open-source software; ${stated}`,
  }),
  define('owned.load_factor', 'load', 'share', 'server', 'Share of the IT power that is drawn on average', {
    ...positive,
    ...share,
    default: 0.7,
    range: [0.5, 0.9],
    basis: 'assumption, where no power was measured',
  }),
  define('owned.spare_servers', 'N_spare', 'servers', 'deployment', 'Spare servers', {
    ...count,
    most: 1e5,
    default: 1,
    range: [0, 1],
    spread: 'discrete',
    basis: 'N+1 for an objective on availability',
  }),
  define('owned.servers', 'N_needed', 'servers', 'deployment', 'Servers that serve, spares excluded', {
    ...count,
    ...positive,
    most: 1e6,
    basis: 'sized from the demand',
  }),
  define('owned.decommission_usd', 'decommission', 'USD', 'deployment', 'Removal at the end of life', {
    most: 1e9,
    default: 0,
    basis: stated,
  }),
  define('owned.other_usd_year', 'other', 'USD/year', 'deployment', 'Anything else that the deployment pays', {
    most: 1e10,
    default: 0,
    basis: stated,
  }),
];

const site = [
  define('site.pue', 'PUE', 'ratio', 'site', 'Facility factor', {
    least: 1,
    most: 3,
    default: 1.3,
    range: [1.1, 1.54],
    basis: 'new air-cooled colocation; 1.54 is the survey average of 2025',
  }),
  define('site.usd_per_kwh', 'p_kwh', 'USD/kWh', 'site', 'Electricity', {
    most: 2,
    default: 0.12,
    range: [0.06, 0.25],
    basis: configiq,
  }),
  define('site.colo_usd_per_kw_month', 'colo', 'USD/kW-month', 'site', 'Colocation', {
    most: 5000,
    default: 195,
    range: [120, 260],
    basis: 'CBRE North America, H2 2025, read through a trade article',
  }),
  define('site.colo_includes_power', 'coloIncludesPower', 'flag', 'site', 'Whether colocation includes electricity', {
    type: 'flag',
    default: false,
    basis: 'electricity is normally extra',
  }),
  define('staff.fte', 'fte_fixed', 'FTE', 'deployment', 'People who run an owned deployment', {
    most: 1e4,
    default: 0.25,
    range: [0.25, 0.5],
    basis: configiq,
  }),
  define('staff.fte_per_server', 'fte_server', 'FTE/server', 'server', 'More people with each server', {
    most: 10,
    default: 0,
    basis: stated,
  }),
  define('staff.fte_usd_year', 'fte_usd', 'USD/FTE-year', 'deployment', 'Loaded cost of one person', {
    most: 5e6,
    default: 216_000,
    range: [150_000, 300_000],
    basis: configiq,
  }),
  define('finance.wacc', 'r', '1/year', 'deployment', 'Cost of capital', {
    ...share,
    default: 0.08,
    range: [0.06, 0.12],
    basis: configiq,
  }),
  define('finance.tax', 'tau', 'share', 'deployment', 'Tax rate; above zero needs a cost of capital after tax', {
    most: 0.9,
    default: 0,
    basis: 'before tax',
  }),
  define('finance.opex_escalation', 'i', '1/year', 'deployment', 'Yearly rise of running cost', {
    least: -0.5,
    most: 1,
    default: 0,
    basis: stated,
  }),
];

const rented = [
  define('rent.usd_per_accelerator_hour', 'list', 'USD/accelerator-hour', 'accelerator', 'Rental, on demand', {
    ...positive,
    ...rental,
    most: 1000,
  }),
  define('rent.accelerators_per_instance', 'G_i', 'accelerators/instance', 'instance', 'Accelerators in an instance', {
    ...count,
    ...positive,
    most: 1024,
    basis: 'the accelerators of one replica',
  }),
  define('rent.commit_discount', 'd_commit', 'share of list', 'instance', 'Discount of a commitment', { most: 0.95 }),
  define('rent.spot_lost_share', 'lost_fraction', 'share', 'instance', 'Work lost to reclaimed spot capacity', {
    most: 0.99,
  }),
  define('rent.spot_usd_per_accelerator_hour', 'spot', 'USD/accelerator-hour', 'accelerator', 'Rental, spot', {
    ...positive,
    ...rental,
    most: 1000,
  }),
  define('rent.price_decline', 'd_rent', '1/year', 'accelerator', 'Yearly decline of rental prices', {
    most: 0.99,
    default: 0.1,
    range: [0, 0.3],
    basis: 'assumption, as that of API prices',
  }),
  define('rent.scales', 'scales', 'flag', 'deployment', 'Instances are given back in quiet hours and had again', {
    type: 'flag',
    default: true,
    basis: 'on demand means that they are there when asked for; false where that cannot be relied on',
  }),
  define('rent.least_instances', 'min', 'instances', 'deployment', 'Instances that run also where nothing is asked', {
    ...count,
    most: 1e6,
    default: 1,
    basis: 'a service that answers at night too; 0 for batches',
  }),
  define('rent.cold_start_hours', 'cold_start', 'h', 'instance', 'Paid hours from a start to the first answer', {
    most: 24,
    default: 0.25,
    basis: 'assumption: image, weights and compilation',
  }),
  define('rent.fte', 'fte_rented', 'FTE', 'deployment', 'People who run a rented deployment', {
    most: 1e4,
    default: 0,
    range: [0, 0.5],
    basis: `${stated}; ConfigIQ counts 0.20`,
  }),
  define('api.usd_per_request', 'p0', 'USD/request', 'request', 'API cost of a request', {
    ...positive,
    most: 1e4,
    expiresAfterDays: 30,
  }),
  define('api.price_decline', 'd', '1/year', 'request', 'Yearly decline of API prices', {
    most: 0.99,
    default: 0.1,
    range: [0, 0.6],
    basis: 'published claims run from a few percent to 90 % a year',
  }),
  define('api.negotiated_discount', 'd_negotiated', 'share of list', 'request', 'Negotiated discount', {
    most: 0.95,
    default: 0,
    range: [0, 0.45],
    basis: 'list price; 25 to 45 % reported for large contracts',
  }),
  define('api.batch_factor', 'batch_factor', 'share of list', 'request', 'Batch tier', {
    ...positive,
    ...share,
    default: 1,
    basis: '0.5 only where a batch tier is bought',
  }),
  define('api.regional_uplift', 'regional_uplift', 'ratio', 'request', 'Regional uplift', {
    least: 0.5,
    most: 3,
    default: 1,
    basis: stated,
  }),
  define('api.retry_share', 'retry_share', 'share', 'request', 'Requests sent and paid again', {
    most: 10,
    default: 0,
    basis: stated,
  }),
  define('api.fixed_usd_per_month', 'fixed', 'USD/month', 'deployment', 'Fixed fees', {
    most: 1e9,
    default: 0,
    basis: stated,
  }),
  define('api.fte', 'fte_api', 'FTE', 'deployment', 'People who run the use of an API', {
    most: 1e4,
    default: 0,
    range: [0, 0.5],
    basis: `${stated}; ConfigIQ counts 0.05`,
  }),
  define('self.usd_per_request', 'v_self', 'USD/request', 'request', 'Marginal cost of a request on own capacity', {
    most: 1e4,
    default: 0,
    basis: stated,
  }),
];

export const supplyAssumptions = [...owned, ...site, ...rented];
