import { useEffect, useState } from 'preact/hooks';
import { refusal } from '../state/actions.ts';
import { apiKey, features, forgetApiKey, keyNeeded, setApiKey } from '../state/service.ts';
import { jobId, watchJob } from '../state/watched-job.ts';
import { Button } from './controls.tsx';
import { closeDialog, Drawer, openDialog } from './drawer.tsx';

/** Asks for the API key when the service needs one. */
export function ApiKeyDialog() {
  const isMissing = features.value.apiKeys && apiKey.value === null;
  useEffect(() => {
    if (isMissing || keyNeeded.value) openDialog.value = 'api-key';
  }, [isMissing, keyNeeded.value]);
  return (
    <Drawer id="api-key" title="API key" look="sheet">
      <KeyForm />
    </Drawer>
  );
}

function KeyForm() {
  const [key, setKey] = useState('');
  const enter = () => {
    if (!/^[\x21-\x7e]+$/.test(key.trim())) return;
    setApiKey(key.trim());
    refusal.value = null;
    closeDialog();
    if (jobId.value !== null) watchJob(jobId.value);
  };
  return (
    <form
      class="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <p>
        {keyNeeded.value && apiKey.value !== null
          ? 'The service rejected this key. Enter another one.'
          : 'This service requires a key. The operator creates one with “npm run key”.'}
      </p>
      <label class="field">
        <span>Key</span>
        <input
          type="password"
          autocomplete="off"
          autofocus
          spellcheck={false}
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
      </label>
      <p class="fine">The key stays in this tab until the tab is closed.</p>
      <div class="row">
        <Button look="primary" submits>
          Use this key
        </Button>
        {apiKey.value !== null && <Button onClick={forgetApiKey}>Forget the key</Button>}
      </div>
    </form>
  );
}
