/** What the page may ask of its worker, and how each is done. */
import { adapterName } from '../../device/adapter.js';
import type { PageFile, PageManifest } from '../../retrieval/page_manifest.js';
import { answerCalls, type Manner, type Methods, type Port, type Work } from './calls.js';
import { ClassifyService } from './classify_service.js';
import { Gpu } from './gpu.js';
import { forgetOthers } from './kept_files.js';
import type { LabService } from './lab_service.js';
import { LiveService } from './live_service.js';
import { MadeOnce } from './made_once.js';
import { fetchManifest } from './manifest.js';
import { PRIORITY } from './queue.js';
import type { TeachService } from './teach_service.js';

const { answer, look, load, step } = PRIORITY;

/** What is no tab's own. */
class HostService {
  readonly #gpu: Gpu;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** The adapter's name; empty where the browser tells none. @throws AdapterError where there is no adapter. */
  async adapter(_: Work): Promise<string> {
    const { adapter, name } = await this.#gpu.device();
    return adapterName(adapter) === '' ? '' : name;
  }

  /** @throws DataError or ModelError when there is no page.json, or it is something else. */
  async manifest(_: Work): Promise<PageManifest> {
    return fetchManifest();
  }

  /** Drops kept files that this page does not name any more. */
  async forgetOthers(_: Work, files: readonly PageFile[]): Promise<void> {
    await forgetOthers(files);
  }
}

export interface Services {
  readonly host: HostService;
  readonly classify: ClassifyService;
  readonly live: LiveService;
  readonly lab: LabService;
  readonly teach: TeachService;
}

export type ServiceName = keyof Services;
export type MethodName<S extends ServiceName> = keyof Services[S] & string;

type Manners = { readonly [S in ServiceName]: Readonly<Record<MethodName<S>, Manner>> };

const MANNERS: Manners = {
  host: { adapter: { priority: null }, manifest: { priority: null }, forgetOthers: { priority: null } },
  classify: {
    open: { priority: null, again: true },
    openFile: { priority: null, again: true },
    example: { priority: null },
    show: { priority: null },
    rank: { priority: answer, again: true },
    look: { priority: look, again: true },
    openIndex: { priority: null, again: true },
    similar: { priority: look, again: true },
  },
  live: {
    start: { priority: step, again: true },
    advance: { priority: step },
    measure: { priority: step },
    classify: { priority: answer },
    example: { priority: answer },
    layOpen: { priority: look },
    release: { priority: step },
  },
  lab: { check: { priority: look }, time: { priority: look } },
  teach: {
    open: { priority: null, again: true },
    openTuned: { priority: null, again: true },
    copy: { priority: null },
    features: { priority: load, again: true },
    train: { priority: load, again: true },
    fineTune: { priority: load },
    resume: { priority: null },
    answer: { priority: answer, again: true },
    look: { priority: look, again: true },
    takeHome: { priority: null },
    zip: { priority: null },
    unzip: { priority: null },
  },
};

type AnyMethod = (work: Work, ...args: readonly unknown[]) => Promise<unknown>;

/** Answers all that comes in at a port. */
export function serve(port: Port): void {
  const gpu = new Gpu();
  const services = { host: new HostService(gpu), classify: new ClassifyService(gpu), live: new LiveService(gpu) };
  // what is needed later is loaded later: the checks of all lessons, and what teaches
  const lazy: Readonly<Record<string, () => Promise<unknown>>> = {
    lab: () => import('./lab_service.js').then((loaded) => new loaded.LabService()),
    teach: () => import('./teach_service.js').then((loaded) => new loaded.TeachService(gpu)),
  };
  const loaded = new Map(Object.keys(lazy).map((name) => [name, new MadeOnce<unknown>()]));
  const serviceOf = (name: string): unknown =>
    loaded.get(name)?.get(lazy[name]) ?? services[name as keyof typeof services];
  const methods: Methods = Object.fromEntries(
    Object.entries(MANNERS).map(([service, manners]) => [
      service,
      Object.fromEntries(
        Object.entries(manners as Record<string, Manner>).map(([method, manner]) => {
          const run: AnyMethod = async (work, ...args) => {
            const of = (await serviceOf(service)) as Readonly<Record<string, AnyMethod>>;
            return of[method](work, ...args);
          };
          return [method, [run, manner]] as const;
        }),
      ),
    ]),
  );
  answerCalls(port, gpu, methods);
}
