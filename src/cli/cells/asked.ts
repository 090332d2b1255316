/** What `weft compare` and `weft imbalance` hand over. */
import type { Parsed } from '../declare/declared.js';
import type { OptionSource } from '../options/config_file.js';
import type { CellTable } from './cell_table.js';

/** A table that a command line asks for. */
export interface Asked<T extends CellTable> {
  readonly kind: 'compare' | 'imbalance' | 'search';
  readonly argv: Parsed;
  /** What `--config` said. */
  readonly file: OptionSource | null;
  readonly out: string;
  readonly open: () => Promise<T>;
  /** Of a table whose cells are all over. */
  readonly report: (table: T) => Promise<void>;
}
