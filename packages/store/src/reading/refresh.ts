import { buildCatalogue } from '../catalogue/build-catalogue.ts';
import type { SnapshotTable } from '../publish/history-files.ts';
import { publishSnapshots } from '../publish/snapshots.ts';
import { type StoreParts, sealedDates } from '../store-parts.ts';

/** Points the store's own views at what is open and sealed now. */
export async function refreshSurface(parts: StoreParts): Promise<void> {
  const open = parts.hot.dates().filter((date) => parts.register.state(date) !== 'sealed');
  await parts.surface.refresh(parts.writer, sealedDates(parts.register), open);
}

/** Publishes reference tables and, with `catalogue`, names the sealed files anew. */
export async function publishReference(
  parts: StoreParts,
  tables: readonly SnapshotTable[],
  { catalogue }: { readonly catalogue: boolean },
): Promise<void> {
  const { writer, paths, retirement, register, calendar } = parts;
  await publishSnapshots(writer, paths.historyDir, retirement, tables);
  if (catalogue) await buildCatalogue(writer, paths, sealedDates(register), calendar);
}
