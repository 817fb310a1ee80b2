import { graph } from '@codegen/pipeline';
import {
  codeBy,
  fails,
  lost,
  type Reply,
  reply,
  SPECIFICATION,
  writes,
} from '@codegen/testing/models/replies';
import { type Case, COMPLEX, complexResponse, LAST_STAGE, writerOf } from '@codegen/testing/runs/case';

const MAIN = { name: 'main.py', content: 'def greet(name):\n    return name\n' };
const NOTES = { name: 'docs/notes.md', content: '# Notes\r\n' };
const FILES = [MAIN, NOTES];

const named = (name: string, content: string) => `\`\`\`python title="${name}"\n${content}\n\`\`\``;
const replace = (search: string, by: string) =>
  named('main.py', `<<<<<<< SEARCH\n${search}\n=======\n${by}\n>>>>>>> REPLACE`);

const toEdit = reply('{"route": "edit"}');
const CHANGED = 'def greet(name):\n    return name.title()\n';
const changed = { code: CHANGED, steps: {} };
const edited = (content: string) => ({
  status: 'completed' as const,
  route: 'edit' as const,
  files: [expectFile('main.py', content), expectFile('docs/notes.md', NOTES.content)],
});

function expectFile(name: string, content: string) {
  const language = name.endsWith('.py') ? 'python' : 'markdown';
  return { name, language, content, inText: true };
}

/** Writes the main file, with the name of the stage in it. */
const writesMain: Reply = (call, moments) => reply(named('main.py', codeBy(call.stage)))(call, moments);
const bothFiles = (stage: string) => ({
  code: `# main.py\n${codeBy(stage)}\n\n\n<!-- docs/notes.md -->\n${NOTES.content}`,
});

/** Requests with code of their own. */
export const editing: readonly Case[] = [
  {
    title: 'an edit changes the files that it names, and no others',
    files: FILES,
    replies: { classify: toEdit, edit: reply(named('main.py', CHANGED.trimEnd())) },
    calls: ['classify', 'edit'],
    outcome: edited(CHANGED),
    response: { code: `# main.py\n${CHANGED}\n\n<!-- docs/notes.md -->\n${NOTES.content}`, steps: {} },
  },
  {
    title:
      'an edit by search and replace that does not match is tried again, with the reason, as a whole file',
    files: [MAIN],
    replies: {
      classify: toEdit,
      edit: [
        reply(replace('    return title', '    return name.title()')),
        (call, moments) => {
          const says = /<rejected-\w+>\nthe text to replace is not in main\.py\n/.test(call.prompt.user);
          return reply(says ? named('main.py', CHANGED.trimEnd()) : 'no reason')(call, moments);
        },
      ],
    },
    calls: ['classify', 'edit', 'edit'],
    outcome: { status: 'completed', route: 'edit' },
    response: changed,
    recordedCalls: {
      edit: [
        { model: 'generator-1', failure: { code: 'unreadable-answer' } },
        { model: 'generator-1', failure: null },
      ],
    },
  },
  {
    title: 'an edit that is cut off is tried again',
    files: [MAIN],
    replies: {
      classify: toEdit,
      edit: [
        fails({ intent: 'retry', code: 'truncated' }),
        reply(replace('    return name', '    return name.title()')),
      ],
    },
    calls: ['classify', 'edit', 'edit'],
    outcome: { status: 'completed', route: 'edit' },
    response: changed,
  },
  {
    title: 'when edit fails, the simple route answers with the code as context',
    files: [MAIN],
    replies: { classify: toEdit, edit: lost, answer: writes },
    calls: ['classify', 'edit', 'answer'],
    outcome: { status: 'completed', route: 'simple' },
    response: { code: `${codeBy('answer')}\n`, steps: { directCode: `${codeBy('answer')}\n` } },
    degraded: { edit: 'too-long' },
  },
  {
    title: 'when edit and the simple route fail, the run fails',
    files: [MAIN],
    replies: { classify: toEdit, edit: lost, answer: lost },
    calls: ['classify', 'edit', 'answer'],
    outcome: { status: 'failed', stage: 'answer', code: 'too-long' },
    degraded: { edit: 'too-long' },
  },
  {
    title: 'a simple request with code keeps the files that its answer does not name',
    files: FILES,
    replies: { classify: reply('simple'), answer: writesMain },
    calls: ['classify', 'answer'],
    outcome: { ...edited(`${codeBy('answer')}\n`), route: 'simple' },
    response: { ...bothFiles('answer'), steps: { directCode: bothFiles('answer').code } },
  },
  {
    title: 'a request without code is never an edit',
    replies: { classify: toEdit },
    calls: ['classify', 'classify', 'classify', ...COMPLEX.filter((stage) => stage !== 'classify')],
    outcome: { status: 'completed', route: 'complex' },
    response: complexResponse(),
    degraded: { classify: 'unreadable-answer' },
  },
  {
    title: 'a large change takes the complex route, and keeps the files that no answer names',
    files: FILES,
    replies: Object.fromEntries(
      COMPLEX.filter((stage) => graph.node(stage).stage.output === 'code').map((stage) => [
        stage,
        writesMain,
      ]),
    ),
    calls: COMPLEX,
    outcome: { ...edited(`${codeBy(LAST_STAGE)}\n`), route: 'complex' },
    response: {
      ...bothFiles(LAST_STAGE),
      steps: Object.fromEntries(
        graph
          .stepsOf('complex')
          .map((node) => [
            node.step,
            node.stage.output === 'specification' ? SPECIFICATION : bothFiles(writerOf(node)).code,
          ]),
      ),
    },
  },
];
