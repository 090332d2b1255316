/** The page: three tabs over one engine. The third comes when it is first asked for. */
import { keepOffline } from './app/register.js';
import { ClassifyTab } from './classify.js';
import { byId, inWords } from './dom.js';
import { TrainTab } from './train.js';

const TABS = ['classify', 'train', 'learn'] as const;
type TabName = (typeof TABS)[number];

const classify = new ClassifyTab();
const train = new TrainTab();
let learn: Promise<void> | null = null;

async function loadLearnTab(): Promise<void> {
  const status = byId('learn-status', HTMLElement);
  status.textContent = 'Loading …';
  try {
    await (await import('./learn/learn.js')).openLearnTab();
  } catch (error) {
    status.textContent = inWords(error);
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
  if (name === 'learn') learn ??= loadLearnTab();
}

for (const [i, name] of TABS.entries()) {
  const tab = byId(`tab-${name}`, HTMLButtonElement);
  tab.addEventListener('click', () => {
    history.replaceState(null, '', `#${name}`);
    show(name);
  });
  // The arrow keys walk through a list of tabs (WAI-ARIA authoring practices).
  tab.addEventListener('keydown', ({ key }) => {
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
    const step = key === 'ArrowRight' ? 1 : TABS.length - 1;
    const nth = (n: number): HTMLButtonElement => byId(`tab-${TABS[n % TABS.length]}`, HTMLButtonElement);
    const next = nth(i + step).hidden ? nth(i + 2 * step) : nth(i + step);
    next.focus();
    next.click();
  });
}

show(TABS.find((name) => location.hash === `#${name}`) ?? 'classify');
void classify.start().then((hasModel) => {
  const tab = byId('tab-classify', HTMLElement);
  tab.hidden = !hasModel;
  if (!hasModel && tab.getAttribute('aria-selected') === 'true') show('learn');
});
void keepOffline();
