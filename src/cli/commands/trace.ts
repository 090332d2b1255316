/** `weft trace`: one training step, op by op and kernel by kernel. */
import { joinPath, writeFileAtomic } from '#platform';
import { chromeTrace, shapesOf } from '../../explain/chrome_trace.js';
import { graphPicture } from '../../explain/graph_picture.js';
import { traceStep, type StepTrace } from '../../explain/trace.js';
import { modelSpec, type ModelInput } from '../../nn/models/registry.js';
import { renderPicture } from '../../report/render.js';
import { textTable } from '../../report/table.js';
import { formatBytes } from '../../device/inspect.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { TRACE_OPTIONS } from '../options/explain_options.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(TRACE_OPTIONS, argv);
  const spec = modelSpec(String(o['model']));
  const size = o['image-size'];
  const input: ModelInput = {
    channels: Number(o['channels'] ?? spec.input.channels),
    height: Number(size ?? spec.input.height),
    width: Number(size ?? spec.input.width),
    classes: Number(o['classes'] ?? spec.input.classes),
  };
  const batch = Number(o['batch']);
  await withDevice(argv, async (device) => {
    const trace = await traceStep(device, spec.name, input, batch);
    const { channels, height, width } = input;
    const title = `${spec.name}, a training step of ${batch} images ${channels} x ${height} x ${width}`;
    if (argv['json'] === true) printJson({ model: spec.name, input, batch, adapter: device.adapter, ...trace });
    print(`${title}\n`);
    print(kernelTable(trace, o['top'] === undefined ? null : Number(o['top'])));
    print(`\n${totals(trace)}`);
    if (o['out'] === undefined) return;
    const out = String(o['out']);
    await ownFolder(out, async () => {
      const svg = graphPicture(trace, title);
      const text = new TextEncoder();
      const events = chromeTrace(trace, `${title}, on ${device.name}`);
      writeFileAtomic(joinPath(out, 'trace.json'), text.encode(`${JSON.stringify(events)}\n`));
      writeFileAtomic(joinPath(out, 'graph.svg'), text.encode(`${svg}\n`));
      writeFileAtomic(joinPath(out, 'graph.png'), await renderPicture(svg));
    });
    say(`${out}: trace.json (chrome://tracing, Perfetto), graph.svg and graph.png`);
  });
}

/** Kernels in order with their ops, or the longest ones. */
function kernelTable({ ops, launches, peak }: StepTrace, top: number | null): string {
  const numbered = launches.map((l, i) => ({ ...l, i }));
  const shown =
    top === null ? numbered : [...numbered].sort((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0)).slice(0, top);
  let last = -1;
  const rows = shown.map(({ i, kernel, workgroups, bytesRead, bytesWritten, milliseconds, bytesInUse, op }) => {
    const isNew = op !== last;
    last = op;
    return [
      String(i),
      isNew ? `${ops[op].name}${ops[op].phase === 'backward' ? ' backward' : ''}` : '',
      kernel,
      String(workgroups),
      formatBytes(bytesRead),
      formatBytes(bytesWritten),
      `${formatBytes(bytesInUse)}${i === peak ? ' peak' : ''}`,
      milliseconds === null ? '-' : milliseconds.toFixed(3),
      isNew ? shapesOf(ops[op]) : '',
    ];
  });
  return textTable(['', 'op', 'kernel', 'workgroups', 'read', 'written', 'in use', 'ms', 'shapes'], rows, [
    'right',
    'left',
    'left',
    'right',
    'right',
    'right',
    'right',
    'right',
  ]);
}

function totals({ ops, launches, peak }: StepTrace): string {
  const of = (phase: string): string => {
    const own = launches.filter((l) => ops[l.op].phase === phase);
    const ms = own.reduce((sum, l) => sum + (l.milliseconds ?? 0), 0);
    return `${phase} ${own.length} launches, ${ms.toFixed(2)} ms`;
  };
  const { op, bytesInUse } = launches[peak];
  const where = `${ops[op].name}${ops[op].phase === 'backward' ? ' backward' : ''}`;
  return (
    `${['forward', 'backward', 'optimizer'].map(of).join('; ')}\n` +
    `most memory is in use at launch ${peak}, ${where}: ${formatBytes(bytesInUse)}`
  );
}
