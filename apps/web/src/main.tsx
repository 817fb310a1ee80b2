import './style/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { startAnnouncements } from './state/announcements.ts';
import { startAppearance } from './state/appearance.ts';
import { startClock } from './state/clock.ts';
import { startEstimates } from './state/estimate.ts';
import { startFolding } from './state/folding.ts';
import { startRouter } from './state/router.ts';
import { loadFeatures } from './state/service.ts';
import { startThread } from './state/thread.ts';
import { startShortcuts } from './ui/keys.tsx';

startAppearance();
startClock();
startThread();
startFolding();
startEstimates();
startAnnouncements();
startRouter();
startShortcuts();
// Without the description, the page works with defaults.
void loadFeatures().catch(() => {});
render(<App />, document.body);
