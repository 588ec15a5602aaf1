import { csv } from '../document/csv.ts';
import type { Rows } from '../document/document.ts';
import { UserError } from '../error/user-error.ts';

/**
 * Costs as FOCUS 1.2 rows (economics reference, section 10): one row an option, meter and month. Usage of an API, rented
 * hours, and owned hardware as a purchase that is amortised in a straight line; how owned hardware is written is a convention of
 * tokbench, FOCUS does not define capital assets. Every row is a projection and says so in `x_Estimate`.
 */

export const mandatoryColumns = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodStart',
  'BillingPeriodEnd',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'ContractedCost',
  'EffectiveCost',
  'InvoiceIssuerName',
  'ListCost',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
] as const;
export const furtherColumns = [
  'ChargeFrequency',
  'ServiceSubcategory',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ListUnitPrice',
  'ContractedUnitPrice',
  'PricingCategory',
  'SkuId',
  'SkuMeter',
  'SkuPriceId',
  'SkuPriceDetails',
  'ResourceId',
  'ResourceName',
  'ResourceType',
  'RegionId',
  'SubAccountId',
  'Tags',
] as const;
/** `x_CapitalCharge`: what the annuity costs above the straight line in the row's month (EAC − SL over twelve). */
export const customColumns = [
  'x_RunId',
  'x_Scenario',
  'x_Option',
  'x_Estimate',
  'x_SloMet',
  'x_State',
  'x_Utilization',
  'x_CostBasis',
  'x_AttributionMethod',
  'x_AttributionDetails',
  'x_PriceSnapshot',
  'x_CapitalCharge',
  'x_ReferenceListUnitPrice',
] as const;
export const focusColumns = [...mandatoryColumns, ...furtherColumns, ...customColumns];
export type FocusColumn = (typeof focusColumns)[number];
export type FocusRow = Readonly<Record<FocusColumn, string | number | boolean | null>>;

/** Flat facts for a JSON column: FOCUS allows no nesting. */
export type FlatFacts = Readonly<Record<string, string | number | boolean | null>>;

/** One charge of one month. Unit prices are not negative; a credit has a negative quantity. */
export interface Charge {
  /** 0 is the first month of the statement. */
  readonly month: number;
  readonly category: 'Usage' | 'Purchase';
  readonly frequency: 'Usage-Based' | 'One-Time' | 'Recurring';
  readonly description: string;
  readonly meter: string;
  readonly quantity: number;
  readonly unit: string;
  readonly listUnitPrice: number;
  readonly contractedUnitPrice: number;
  /** null: as contracted. A purchase that covers later use is billed and not effective, its amortisation the reverse. */
  readonly billed: number | null;
  readonly effective: number | null;
  readonly pricing: 'Standard' | 'Dynamic' | 'Committed' | 'Other';
  readonly consumed: { readonly quantity: number; readonly unit: string } | null;
  readonly capitalCharge: number | null;
  readonly referenceListUnitPrice: number | null;
}

/** An option as the statement of its charges names it. */
export interface FocusOption {
  readonly option: string;
  readonly kind: 'own' | 'rent' | 'commit' | 'spot' | 'api' | 'hybrid';
  readonly runId: string | null;
  readonly state: string;
  readonly sloMet: boolean | null;
  readonly utilization: number | null;
  readonly costBasis: string;
  readonly attribution: { readonly method: string; readonly details: FlatFacts } | null;
  /** Who sends the bill and who makes the service; on owned hardware the organisation itself. */
  readonly provider: string;
  readonly service: string;
  readonly sku: { readonly id: string; readonly details: FlatFacts };
  readonly resource: { readonly name: string; readonly type: string } | null;
  readonly charges: readonly Charge[];
}

export interface FocusStatement {
  readonly organisation: string;
  readonly scenario: string;
  /** First day of the first month, `YYYY-MM-DD`; the month is taken whole. */
  readonly start: string;
  readonly priceSnapshot: string | null;
  readonly tags: FlatFacts;
  readonly options: readonly FocusOption[];
}

/** All rows, in the order of options, months and meters. @throws UserError `bad_organisation`, `bad_date` */
export function focusRows(statement: FocusStatement): FocusRow[] {
  if (statement.organisation.trim() === '')
    throw new UserError('bad_organisation', 'FOCUS rows name who pays: give --organisation NAME, not an empty one.');
  const first = firstDay(statement.start);
  return statement.options.flatMap((option) => option.charges.map((charge) => rowOf(statement, option, charge, first)));
}

/** The CSV file: mandatory columns first, ours last. */
export function focusCsv(statement: FocusStatement): string {
  return csv(focusTable(statement));
}

export function focusTable(statement: FocusStatement): Rows {
  return { columns: focusColumns, rows: focusRows(statement).map((row) => focusColumns.map((column) => row[column])) };
}

function rowOf(statement: FocusStatement, option: FocusOption, charge: Charge, first: Date): FocusRow {
  const [start, end] = monthOf(first, charge.month);
  const contracted = charge.contractedUnitPrice * charge.quantity;
  const api = option.kind === 'api';
  return {
    BilledCost: charge.billed ?? contracted,
    BillingAccountId: slug(statement.organisation),
    BillingAccountName: statement.organisation,
    BillingCurrency: 'USD',
    BillingPeriodStart: start,
    BillingPeriodEnd: end,
    ChargeCategory: charge.category,
    ChargeClass: null,
    ChargeDescription: charge.description,
    ChargePeriodStart: start,
    ChargePeriodEnd: end,
    ContractedCost: contracted,
    EffectiveCost: charge.effective ?? contracted,
    InvoiceIssuerName: option.provider,
    ListCost: charge.listUnitPrice * charge.quantity,
    PricingQuantity: charge.quantity,
    PricingUnit: charge.unit,
    ProviderName: option.provider,
    PublisherName: option.provider,
    ServiceCategory: api ? 'AI and Machine Learning' : 'Compute',
    ServiceName: option.service,
    ChargeFrequency: charge.frequency,
    ServiceSubcategory: api ? 'Generative AI' : 'Virtual Machines',
    ConsumedQuantity: charge.consumed?.quantity ?? null,
    ConsumedUnit: charge.consumed?.unit ?? null,
    ListUnitPrice: charge.listUnitPrice,
    ContractedUnitPrice: charge.contractedUnitPrice,
    PricingCategory: charge.pricing,
    SkuId: option.sku.id,
    SkuMeter: charge.meter,
    SkuPriceId: `${option.sku.id}/${slug(charge.meter)}`,
    SkuPriceDetails: json(option.sku.details),
    ResourceId: option.resource === null ? null : slug(option.resource.name),
    ResourceName: option.resource?.name ?? null,
    ResourceType: option.resource?.type ?? null,
    RegionId: null,
    SubAccountId: null,
    Tags: json(statement.tags),
    x_RunId: option.runId,
    x_Scenario: statement.scenario,
    x_Option: option.option,
    x_Estimate: true,
    x_SloMet: option.sloMet,
    x_State: option.state,
    x_Utilization: option.utilization,
    x_CostBasis: option.costBasis,
    x_AttributionMethod: option.attribution?.method ?? null,
    x_AttributionDetails: option.attribution === null ? null : json(option.attribution.details),
    x_PriceSnapshot: statement.priceSnapshot,
    x_CapitalCharge: charge.capitalCharge,
    x_ReferenceListUnitPrice: charge.referenceListUnitPrice,
  };
}

/** Null for no facts: an empty object says nothing. */
const json = (facts: FlatFacts): string | null => (Object.keys(facts).length === 0 ? null : JSON.stringify(facts));

const slug = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'unnamed';

/** @throws UserError `bad_date` */
function firstDay(start: string): Date {
  const date = new Date(`${start.slice(0, 7)}-01T00:00:00Z`);
  if (!/^\d{4}-\d\d(-\d\d)?$/.test(start) || Number.isNaN(date.getTime()))
    throw new UserError('bad_date', `"${start}" is no date: write it like 2026-12-01.`);
  return date;
}

/** Calendar month as FOCUS writes it: UTC, the end is exclusive. */
function monthOf(first: Date, month: number): readonly [start: string, end: string] {
  const at = (months: number) =>
    new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + months, 1)).toISOString().replace('.000Z', 'Z');
  return [at(month), at(month + 1)];
}
