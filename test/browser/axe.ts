/** What axe-core has to say against a page. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const BROKEN = `axe.run(document, { preload: false }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ': ' + target + failureSummary)))`;

/** What breaks one of its rules in what is in view, best practices among them, and where. */
export async function brokenRules(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe.source);
  return page.evaluate<string[]>(BROKEN);
}
