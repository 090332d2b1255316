/** The page: four tabs over one engine. The last comes when it is first asked for. */
import { keepOffline } from './app/register.js';
import { ClassifyTab } from './classify.js';
import { byId, inWords } from './dom.js';
import { engine } from './engine.js';
import type { PageManifest } from '../retrieval/page_manifest.js';
import { TeachTab } from './teach/teach.js';
import { TrainTab } from './train.js';
import { say, startLanguage } from './words/words.js';

startLanguage(byId('language', HTMLSelectElement));

const TABS = ['classify', 'teach', 'train', 'learn'] as const;
type TabName = (typeof TABS)[number];

const classify = new ClassifyTab();
const teach = new TeachTab();
const train = new TrainTab();
let learn: Promise<void> | null = null;
let taught: Promise<void> | null = null;
let manifest: PageManifest | null = null;

async function loadLearnTab(): Promise<void> {
  const status = byId('learn-status', HTMLElement);
  say(status, (words) => words.lab.loading);
  try {
    await (await import('./learn/learn.js')).openLearnTab();
  } catch (error) {
    say(status, inWords(error));
  }
}

function show(name: TabName): void {
  for (const other of TABS) {
    const tab = byId(`tab-${other}`, HTMLButtonElement);
    tab.setAttribute('aria-selected', String(other === name));
    tab.tabIndex = other === name ? 0 : -1;
    byId(other, HTMLElement).hidden = other !== name;
  }
  train.draw();
  teach.draw();
  if (name === 'teach' && manifest !== null) taught ??= teach.start(manifest); // it fetches a network
  if (name === 'learn') learn ??= loadLearnTab();
}

/** Tabs that this page has, in their order. */
const shownTabs = (): HTMLButtonElement[] =>
  TABS.map((name) => byId(`tab-${name}`, HTMLButtonElement)).filter((tab) => !tab.hidden);

for (const name of TABS) {
  const tab = byId(`tab-${name}`, HTMLButtonElement);
  tab.addEventListener('click', () => {
    history.replaceState(null, '', `#${name}`);
    show(name);
  });
  // The arrow keys walk through a list of tabs (WAI-ARIA authoring practices).
  tab.addEventListener('keydown', (event) => {
    const tabs = shownTabs();
    const at = tabs.indexOf(tab);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
}

/** The tab that the address names, as one that was clicked does; undefined before that. */
const askedTab = (): TabName | undefined => TABS.find((name) => location.hash === `#${name}`);

show(askedTab() ?? 'classify');

async function start(): Promise<void> {
  manifest = await engine.ask('host', 'manifest', []);
  const { runs, index, backbone } = manifest;
  const files = [
    ...runs.map((run) => run.weights),
    index?.catalogue,
    index?.features,
    index?.weights,
    backbone?.weights,
  ];
  void engine.ask('host', 'forgetOthers', [files.filter((file) => file !== undefined && file !== null)]);
  const withoutRuns = backbone === null ? 'learn' : 'teach';
  show(askedTab() ?? (runs.length === 0 ? withoutRuns : 'classify')); // some wait for what comes with the page
  await classify.start(manifest);
}

start().catch((error: unknown) => {
  const problem = byId('problem', HTMLElement);
  say(problem, inWords(error));
  problem.hidden = false;
});
void keepOffline();
