import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A process with an HTTP server in it. */
export interface ServerProcess {
  url: string;
  /** The most memory it has held since its start or the last `forgetPeak`, in bytes. Linux only. */
  peakMemory(): number;
  forgetPeak(): void;
  /** Processor time of all its threads since its start, in milliseconds; counted in steps of 10. Linux only. */
  cpuTime(): number;
  stop(): Promise<void>;
}

/** Runs a program with this Node.js and resolves when it prints `… listening on <url>`. */
export async function startProcess(args: string[], env: Record<string, string> = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await announcedUrl(child);
  const place = `/proc/${child.pid}`;
  return {
    url,
    peakMemory() {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`${place}/status`, 'utf8'))?.[1];
      return Number(kilobytes) * 1024;
    },
    // https://docs.kernel.org/filesystems/proc.html: "To reset the peak resident set size", write 5.
    forgetPeak: () => writeFileSync(`${place}/clear_refs`, '5'),
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime and stime, in ticks of 1/100 s.
    cpuTime() {
      const fields = readFileSync(`${place}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function announcedUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface(child.stdout)) {
    const url = /listening on (http:\S+)$/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('the process ended before it listened');
}
