import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/pages.ts';

/* The shell steps of the recipes in docs/ci/, as each CI system would run them. */

export interface Step {
  script: string;
  /** How the system calls its shell. */
  shell: string[];
  /** What the step sets, with words of the system such as `${{ … }}`. */
  env: Record<string, string | number>;
}

export interface Recipe {
  system: string;
  /** The steps of a job, without the one that installs Botport. */
  steps(job: 'backup' | 'difference' | 'secrets' | 'plan' | 'apply'): Step[];
}

export const recipeFile = (name: string) => readFileSync(path.join(root, 'docs/ci', name), 'utf8');
const installs = (script: string) => script.trim() === 'npm ci --ignore-scripts';

interface Workflow {
  env?: Record<string, string>;
  jobs: Record<string, { steps: { run?: string; env?: Record<string, string> }[] }>;
}

const github: Recipe = {
  system: 'GitHub Actions',
  steps(job) {
    const files = { backup: 'backup', plan: 'promote', apply: 'promote' } as Record<string, string>;
    const workflow: Workflow = parse(recipeFile(`github/${files[job] ?? 'pull-request'}.yml`));
    return (workflow.jobs[job]?.steps ?? []).flatMap(({ run, env }) =>
      run === undefined || installs(run)
        ? []
        : [{ script: run, shell: ['bash', '-e', '-c'], env: { ...workflow.env, ...env } }],
    );
  },
};

interface Pipeline {
  default: { before_script: string[] };
  variables: Record<string, string | number>;
  [job: string]: unknown;
}

const gitlab: Recipe = {
  system: 'GitLab CI',
  steps(job) {
    const pipeline: Pipeline = parse(recipeFile('gitlab/gitlab-ci.yml'));
    const { script = [] } = (pipeline[job] ?? {}) as { script?: string[] };
    if (script.length === 0) return [];
    const lines = [...pipeline.default.before_script, ...script].filter((line) => !installs(line));
    return [{ script: lines.join('\n'), shell: ['bash', '-eo', 'pipefail', '-c'], env: pipeline.variables }];
  },
};

const jenkins: Recipe = {
  system: 'Jenkins',
  steps(job) {
    const file = recipeFile('jenkins/Jenkinsfile');
    const env = { BOT: 'Harbour Bank Assistant', BOTPORT_CONFIG: 'hosts.yaml' };
    const title = `${job[0]?.toUpperCase()}${job.slice(1)}`;
    const [, stage = ''] = file.split(`stage('${title}')`);
    const [own = ''] = stage.split(/^ {4}stage\(/m);
    return [...own.matchAll(/\bsh (?:'''([\s\S]*?)'''|'([^'\n]*)')/g)].map(([, long, short = '']) => ({
      // In Groovy, a backslash before the end of a line joins the two.
      script: long?.replaceAll('\\\n', '') ?? short,
      shell: ['sh', '-xe', '-c'],
      env,
    }));
  },
};

export const recipes = [github, gitlab, jenkins];
