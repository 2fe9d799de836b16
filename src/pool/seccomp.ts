/**
 * Which system calls a process in the jail may not make, as a filter for the kernel.
 *
 * What a sandbox never needs and an attacker likes: sockets, other processes and their memory, file
 * systems and namespaces, the kernel's own settings and its youngest interfaces. A denied call
 * fails with EPERM. Threads can be made, processes cannot.
 *
 * The program is classic BPF, eight bytes an instruction: code, jump if true, jump if false, value.
 *
 * @module
 */

interface Machine {
  /** The kernel's number for it (AUDIT_ARCH). */
  readonly audit: number;
  readonly clone: number;
  readonly clone3: number;
  readonly denied: readonly number[];
}

/** Calls from here on have the same number everywhere. */
const DENIED_EVERYWHERE = [
  // io_uring_setup, io_uring_enter, io_uring_register
  ...[425, 426, 427],
  // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
  ...[428, 429, 430, 431, 432, 433, 442],
  // pidfd_open, pidfd_getfd
  ...[434, 438],
];

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    clone3: 435,
    denied: [
      // fork, vfork
      ...[57, 58],
      // socket, connect, accept, sendto, recvfrom, sendmsg, recvmsg, bind, listen, socketpair,
      // accept4
      ...[41, 42, 43, 44, 45, 46, 47, 49, 50, 53, 288],
      // ptrace, process_vm_readv, process_vm_writev, kcmp
      ...[101, 310, 311, 312],
      // mount, umount2, pivot_root, chroot, unshare, setns, name_to_handle_at, open_by_handle_at
      ...[165, 166, 155, 161, 272, 308, 303, 304],
      // mknod, mknodat, fanotify_init, quotactl, acct, swapon, swapoff
      ...[133, 259, 300, 179, 163, 167, 168],
      // bpf, perf_event_open, userfaultfd, lookup_dcookie, personality, memfd_create
      ...[321, 298, 323, 212, 135, 319],
      // add_key, request_key, keyctl
      ...[248, 249, 250],
      // init_module, finit_module, delete_module, kexec_load, kexec_file_load
      ...[175, 313, 176, 246, 320],
      // reboot, syslog, sethostname, setdomainname, settimeofday, clock_settime, adjtimex,
      // clock_adjtime, iopl, ioperm, vhangup
      ...[169, 103, 170, 171, 164, 227, 159, 305, 172, 173, 153],
      // shmget, shmat, shmctl, semget, msgget
      ...[29, 30, 31, 64, 68],
      ...DENIED_EVERYWHERE,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    clone3: 435,
    denied: [
      // socket, socketpair, bind, listen, accept, connect, sendto, recvfrom, sendmsg, recvmsg,
      // accept4
      ...[198, 199, 200, 201, 202, 203, 206, 207, 211, 212, 242],
      // ptrace, process_vm_readv, process_vm_writev, kcmp
      ...[117, 270, 271, 272],
      // mount, umount2, pivot_root, chroot, unshare, setns, name_to_handle_at, open_by_handle_at
      ...[40, 39, 41, 51, 97, 268, 264, 265],
      // mknodat, fanotify_init, quotactl, acct, swapon, swapoff
      ...[33, 262, 60, 89, 224, 225],
      // bpf, perf_event_open, userfaultfd, lookup_dcookie, personality, memfd_create
      ...[280, 241, 282, 18, 92, 279],
      // add_key, request_key, keyctl
      ...[217, 218, 219],
      // init_module, finit_module, delete_module, kexec_load, kexec_file_load
      ...[105, 273, 106, 104, 294],
      // reboot, syslog, sethostname, setdomainname, settimeofday, clock_settime, adjtimex,
      // clock_adjtime, vhangup
      ...[142, 116, 161, 162, 170, 112, 171, 266, 58],
      // shmget, shmctl, shmat, semget, msgget
      ...[194, 195, 196, 190, 186],
      ...DENIED_EVERYWHERE,
    ],
  },
};

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
/** With the number of the error in the low bits. */
const FAIL_WITH = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

/** Where the kernel lays what the filter looks at: the call's number, the machine, arguments. */
const NUMBER_AT = 0;
const MACHINE_AT = 4;
const ARGUMENT_AT = 16;
const CLONE_THREAD = 0x0001_0000;
/** Numbers from here on are those of another ABI of x64 (x32), which nobody filters by ours. */
const X32_FROM = 0x4000_0000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/**
 * Returns the filter for a kind of processor as Node names it; nothing for one that is not known.
 */
export function seccompFilter(arch: string): Uint8Array<ArrayBuffer> | undefined {
  const machine = MACHINES[arch];
  return machine && bytesOf(programFor(machine));
}

function programFor({ audit, clone, clone3, denied }: Machine): Instruction[] {
  // Behind the list: what a call comes to that was in it, then what comes to the others.
  const tail: Instruction[] = [
    [JUMP_IF_EQUAL, 0, 1, clone3],
    // As if the kernel were too old for it: the C library then makes threads with clone.
    [RETURN, 0, 0, FAIL_WITH | ENOSYS],
    [JUMP_IF_EQUAL, 0, 2, clone],
    [LOAD_WORD, 0, 0, ARGUMENT_AT],
    [JUMP_IF_ANY_BIT, 0, 1, CLONE_THREAD],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, FAIL_WITH | EPERM],
  ];
  const list = denied.map((number, i): Instruction => {
    const toEnd = denied.length - 1 - i + tail.length - 1;
    return [JUMP_IF_EQUAL, toEnd, 0, number];
  });
  return [
    [LOAD_WORD, 0, 0, MACHINE_AT],
    [JUMP_IF_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL],
    [LOAD_WORD, 0, 0, NUMBER_AT],
    [JUMP_IF_AT_LEAST, denied.length + tail.length - 1, 0, X32_FROM],
    ...list,
    ...tail,
  ];
}

function bytesOf(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * program.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, ifTrue, ifFalse, value]] of program.entries()) {
    view.setUint16(8 * i, code, true);
    view.setUint8(8 * i + 2, ifTrue);
    view.setUint8(8 * i + 3, ifFalse);
    view.setUint32(8 * i + 4, value >>> 0, true);
  }
  return bytes;
}
