/** The cells of a table as they go on: rows of a terminal that are written over, or a line for each change. */
import { countStates, stateTable, type CellState } from '../../cells/state.js';
import { textTable } from '../../report/table.js';
import { hasLiveLine, say, showLiveRows, terminalRows } from '../output.js';

/** What is shown first where not all cells have a row. */
const ORDER: readonly CellState['state'][] = ['running', 'failed', 'diverged', 'waiting', 'done'];

export function statesAsText(states: readonly CellState[]): string {
  const { headers, rows } = stateTable(states);
  return textTable(headers, rows);
}

export class StateDisplay {
  #last = new Map<string, string>();

  show(states: readonly CellState[]): void {
    if (hasLiveLine()) showLiveRows(liveRows(states));
    else this.#sayChanges(states);
  }

  /** What is shown stays. */
  end(): void {
    showLiveRows([]);
  }

  #sayChanges(states: readonly CellState[]): void {
    for (const { key, label, state, by, about } of states) {
      const word = `${state}${state === 'running' && by !== null ? ` (${by})` : ''}`;
      if ((this.#last.get(key) ?? 'waiting') === word) continue;
      const why = state === 'failed' || state === 'diverged' ? `: ${about ?? ''}` : '';
      say(`${label}: ${word}${why}${state === 'running' ? '' : `; ${countStates(states)}`}`);
      this.#last.set(key, word);
    }
  }
}

function liveRows(states: readonly CellState[]): string[] {
  const room = Math.max(4, terminalRows() - 4);
  const sorted = [...states].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const shown = sorted.length <= room ? states : sorted.slice(0, room - 1);
  const rest = states.length - shown.length;
  return [...statesAsText(shown).split('\n'), ...(rest > 0 ? [`and ${rest} more`] : []), countStates(states)];
}
