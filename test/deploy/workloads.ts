import { ofKind } from './manifests.ts';

export type Labels = Readonly<Record<string, string>>;

interface WorkloadSpec {
  readonly selector: { readonly matchLabels: Labels };
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Pod };
}

interface Pod {
  readonly serviceAccountName?: string;
  readonly volumes?: readonly object[];
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly command?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom?: readonly object[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string; readonly port: string } };
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly securityContext: object;
}

export const workloads = ofKind<WorkloadSpec>('Deployment', 'StatefulSet');

/** Workloads whose pods match a selector. */
export const selected = (labels: Labels) =>
  workloads.filter(({ spec: { template } }) =>
    Object.entries(labels).every(([key, value]) => template.metadata.labels[key] === value),
  );

const podOf = (name: string): Pod => {
  const found = workloads.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found.spec.template.spec;
};

/** Pod, container and environment variables of a program. */
export function program(name: 'api' | 'worker' | 'sandbox') {
  const pod = podOf(`codegen-${name}`);
  const container = pod.containers[0] as Container;
  return {
    pod,
    container,
    set: (variable: string) => container.env.find((one) => one.name === variable)?.value,
  };
}
