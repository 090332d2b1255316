/** Compiles pipelines one by one on the driver that never computes, and reads what it says of each. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { compilationMessages } from '../../src/device/wgsl.js';
import type { Kernel } from '../../src/device/kernel.js';
import type { Pipeline } from './collect.js';
import { hotLoop, wholeShader, type HotLoop, type Mix } from './assembly.js';

/** What the compiler of a card says of a pipeline in numbers. */
export interface Statistics {
  readonly ms: number;
  /** Threads of a workgroup, lanes of a subgroup. */
  readonly threads: number;
  readonly subgroup: number;
  readonly vgprs: number;
  /** Registers, vector and scalar, that did not suffice; bytes of memory in their place. */
  readonly spills: number;
  readonly scratch: number;
  /** Bytes of workgroup memory. */
  readonly lds: number;
  /** Subgroups that a SIMD can hold: 16 at most on RDNA 2 and 3. */
  readonly waves: number;
  readonly instructions: number;
  readonly codeBytes: number;
}

/** The same with what its machine code tells. */
export interface Verdict extends Statistics {
  readonly hot: HotLoop | null;
  /** Of the whole shader, where there is no hot loop. */
  readonly whole: Mix | null;
  readonly assembly: string;
}

/** What the driver writes, before anything is made of it. */
export interface Entry {
  readonly result: number;
  readonly ms: number;
  readonly size: readonly number[];
  readonly statistics: ReadonlyMap<string, number>;
  readonly assembly: string;
}

/** The entries of the driver's log: see native/null_gpu.c. */
export function parseLog(text: string): Entry[] {
  return text
    .split(/^@pipeline /m)
    .slice(1)
    .map((part) => {
      const [head] = part.split('\n', 1);
      const [result, ms, ...size] = head.split(' ').map(Number);
      const code = /^@code (\d+)\n/m.exec(part);
      const start = code === null ? part.length : code.index + code[0].length;
      const statistics = [...part.slice(0, start).matchAll(/^@stat (\S+) (.+)$/gm)].map(
        ([, value, name]): [string, number] => [name, Number(value)],
      );
      const assembly = code === null ? '' : part.slice(start, start + Number(code[1]));
      return { result, ms, size, statistics: new Map(statistics), assembly };
    });
}

/** RADV counts subgroups of 32 lanes, whatever their size. */
const COUNTED_LANES = 32;
/** Where RADV cannot print machine code, it prints its own notation, which has other names. */
const IS_MACHINE_CODE = /^\s*[vs]_\w+/m;

export function statisticsOf({ ms, size, statistics }: Entry): Statistics {
  const of = (name: string): number => statistics.get(name) ?? NaN;
  const subgroup = of('Subgroup size');
  return {
    ms,
    threads: size.reduce((a, b) => a * b, 1),
    subgroup,
    vgprs: of('VGPRs'),
    spills: of('Spilled VGPRs') + of('Spilled SGPRs'),
    scratch: of('Scratch size'),
    lds: of('LDS size'),
    waves: Math.floor((of('Subgroups per SIMD') * COUNTED_LANES) / subgroup),
    instructions: of('Instructions'),
    codeBytes: of('Code size'),
  };
}

export function verdictOf(entry: Entry): Verdict {
  const statistics = statisticsOf(entry);
  const code = IS_MACHINE_CODE.test(entry.assembly) ? entry.assembly : '';
  const hot = hotLoop(code, statistics.subgroup);
  const whole = hot === null && code !== '' ? wholeShader(code, statistics.subgroup) : null;
  return { ...statistics, hot, whole, assembly: code };
}

const BINDINGS = { read: 'read-only-storage', write: 'storage', params: 'uniform' } as const;

/** A pipeline as WebGPU takes it. */
export interface Described {
  /** Of each group, as `createBindGroupLayout` takes them; null: as the shader has them. */
  readonly layout: readonly (readonly GPUBindGroupLayoutEntry[])[] | null;
  readonly code: string;
  readonly entryPoint: string;
  readonly constants: Readonly<Record<string, number>>;
  /** The files that the code was made of, in order, where it was: messages name them. */
  readonly files: readonly string[];
}

/** As the engine makes it (src/device/cache.ts). @returns why it does not compile, naming file and line; or null. */
async function create(
  gpu: GPUDevice,
  { layout, code, entryPoint, constants, files }: Described,
): Promise<string | null> {
  const bindGroupLayouts = layout?.map((entries) => gpu.createBindGroupLayout({ entries: [...entries] }));
  const module = gpu.createShaderModule({ code });
  try {
    await gpu.createComputePipelineAsync({
      layout: bindGroupLayouts === undefined ? 'auto' : gpu.createPipelineLayout({ bindGroupLayouts }),
      compute: { module, entryPoint, constants: { ...constants } },
    });
    return null;
  } catch (error) {
    const { messages } = await module.getCompilationInfo();
    const said = compilationMessages(files, code, messages);
    return said === '' ? String(error).split('\n')[0] : said.replace(/\s+/g, ' ');
  }
}

/** @param log the file that the driver appends to. @returns why it does not compile, where it does not. */
export async function compileDescribed(gpu: GPUDevice, described: Described, log: string): Promise<Entry | string> {
  rmSync(log, { force: true });
  gpu.pushErrorScope('validation');
  const failure = await create(gpu, described);
  await gpu.popErrorScope();
  const entry = existsSync(log) ? parseLog(readFileSync(log, 'latin1')).at(-1) : undefined;
  if (failure !== null) return failure;
  if (entry === undefined) return 'the driver was not asked';
  return entry.result === 0 ? entry : `the driver answers ${entry.result}`;
}

/** The bind group of a kernel of ours. */
export function layoutOf({ bindings }: Kernel): GPUBindGroupLayoutEntry[] {
  return bindings.map((kind, binding) => ({
    binding,
    visibility: 4 /* GPUShaderStage.COMPUTE */,
    buffer: { type: BINDINGS[kind] },
  }));
}

/** Of a pipeline of ours. */
export async function compilePipeline(gpu: GPUDevice, pipeline: Pipeline, log: string): Promise<Verdict | string> {
  const { kernel, code, constants } = pipeline;
  const files = [kernel.file, ...(kernel.includes ?? [])];
  const described = { layout: [layoutOf(kernel)], code, entryPoint: 'main', constants, files };
  const entry = await compileDescribed(gpu, described, log);
  return typeof entry === 'string' ? entry : verdictOf(entry);
}
