import { sealedDates } from '../catalogue/sources.ts';
import type { SnapshotTable } from '../publish/history-files.ts';
import { publishSnapshots } from '../publish/snapshots.ts';
import type { StoreParts } from '../store-parts.ts';

/** Points the store's own views at what is open and sealed now. */
export async function refreshSurface(parts: StoreParts): Promise<void> {
  const open = parts.hot.dates().filter((date) => parts.register.state(date) !== 'sealed');
  await parts.surface.refresh(parts.writer, sealedDates(parts.register), open);
}

/** Publishes reference tables and points the catalogue at them and at what is sealed now. */
export async function publishReference(parts: StoreParts, tables: readonly SnapshotTable[]): Promise<void> {
  await publishSnapshots(parts.writer, parts.paths.historyDir, tables);
  await parts.catalogue.rebuild();
}

/** Publishes reference tables; a catalogue in place sees them, and a newer one passes over the older ones. */
export async function publishReferenceLazily(parts: StoreParts, tables: readonly SnapshotTable[]): Promise<void> {
  await publishSnapshots(parts.writer, parts.paths.historyDir, tables);
  parts.catalogue.rebuildSoon();
}
