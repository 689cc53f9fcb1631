import { FAMILIES, type Family, type IndicatorColumn, indicatorColumns } from '@rtp/indicators';
import { storeClientErrors } from '@rtp/store-client';
import { plainCatalogue, terminalCatalogue } from '../../indicators/catalogue-table.ts';
import { endWithReader } from '../reader-gone.ts';

export interface IndicatorsListOptions {
  readonly family?: string;
  readonly stored?: boolean;
  readonly json?: boolean;
}

/** `rtp indicators list`: the catalogue of columns. */
export async function indicatorsListCommand(options: IndicatorsListOptions): Promise<number> {
  endWithReader();
  const family = options.family === undefined ? null : familyNamed(options.family);
  const columns = indicatorColumns.filter(
    (column) =>
      (family === null || column.family === family) && (options.stored !== true || column.storage === 'minute'),
  );
  const { stdout } = process;
  if (options.json === true) stdout.write(`${JSON.stringify(columns.map(described), null, 2)}\n`);
  else {
    const lines = stdout.isTTY ? terminalCatalogue(columns, stdout.columns || 80) : plainCatalogue(columns);
    if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
  }
  return 0;
}

function familyNamed(name: string): Family {
  const family = FAMILIES.find((known) => known === name.toLowerCase());
  if (family !== undefined) return family;
  throw storeClientErrors.create('RTP_INDICATOR_UNKNOWN', `"${name}" is no family of indicators.`, {
    fix: `The families are ${FAMILIES.join(', ')}.`,
  });
}

/** What programs are told of a column; `values` says where its values come from. */
function described(column: IndicatorColumn): Readonly<Record<string, unknown>> {
  const { name, family, parameters, unit, first, meaning, formula, storage, decimals, annualised } = column;
  return { name, family, values: storage, parameters, unit, decimals, first, annualised, meaning, formula };
}
