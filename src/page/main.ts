/** The page: two tabs over one engine. */
import { ClassifyTab } from './classify.js';
import { byId } from './dom.js';
import { TrainTab } from './train.js';

const TABS = ['classify', 'train'] as const;
type TabName = (typeof TABS)[number];

const classify = new ClassifyTab();
const train = new TrainTab();

function show(name: TabName): void {
  for (const other of TABS) {
    const tab = byId(`tab-${other}`, HTMLButtonElement);
    tab.setAttribute('aria-selected', String(other === name));
    tab.tabIndex = other === name ? 0 : -1;
    byId(other, HTMLElement).hidden = other !== name;
  }
  train.draw();
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
    const next = byId(
      `tab-${TABS[(i + (key === 'ArrowRight' ? 1 : TABS.length - 1)) % TABS.length]}`,
      HTMLButtonElement,
    );
    next.focus();
    next.click();
  });
}

show(TABS.find((name) => location.hash === `#${name}`) ?? 'classify');
void classify.start();
