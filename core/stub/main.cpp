// The one file that the kernel runs in a run with a view of its own.
//
// Which program it becomes, the supervisor says: it found and opened it in the
// view, with its loader. Here both are mapped, and everything the kernel would
// have said of them is said. Static, position-independent, without C library:
// it has to be small, as it is mapped with every program.
#include "core/exec/handoff.hpp"
#include "core/stub/signals.hpp"
#include "core/stub/stack.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>

namespace cordon::stub {
namespace {

/// Asks the supervisor. Nobody there: somebody tries us by hand.
void greet(exec::handoff& into, unsigned token) {
  if (call(__NR_execve, address(exec::greeting_path), address(&into), token)
      == 0)
    return;
  constexpr char line[]
      = "cordon-stub is started by cordon, inside a sandbox\n";
  call(__NR_write, 2, address(line), sizeof line - 1);
  for (;;)
    call(__NR_exit_group, 2);
}

/// For this program's own execs.
void leave_name_page(const char* stub, const exec::handoff& said,
                     const char* image) {
  constexpr word fixed_noreplace = 0x100000;
  const long made
      = call(__NR_mmap, exec::name_page_at, exec::name_page_size,
             PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | fixed_noreplace, ~0UL, 0);
  if (made != static_cast<long>(exec::name_page_at))
    return; // a program that lies there: its execs go another way
  auto& page = *reinterpret_cast<exec::name_page*>(made);
  exec::put_name(page, stub);
  const word room = sizeof page.image;
  copy(page.image, image,
       said.is.image_length < room ? said.is.image_length : room);
  call(__NR_mprotect, exec::name_page_at, exec::name_page_size, PROT_READ);
}

void close(int fd) {
  call(__NR_close, static_cast<word>(fd));
}

struct start {
  word* stack;
  word entry;
};

start become(word* at) {
  stack lists{at};
  exec::handoff said; // most of it is never touched
  greet(said, exec::leading_slashes(lists.name()) - 1);
  const auto program = map_image(said.is.program);
  close(said.is.program);
  image loader;
  const bool dynamic = said.is.interpreter >= 0;
  if (dynamic) {
    loader = map_image(said.is.interpreter);
    close(said.is.interpreter);
  }
  const char* const comm
      = said.text + said.is.argument_bytes + said.is.name_length;
  const char* const path = comm + said.is.comm_length;
  leave_name_page(path + said.is.image_length, said, path);
  lists.rewrite(said);
  lists.describe(program, dynamic ? &loader : nullptr);
  lists.publish(program);
  if (program.executable_stack)
    lists.make_executable();
  call(__NR_prctl, PR_SET_NAME, address(comm));
  if (said.is.trap == exec::exec_trap::is_blocked)
    block_trap();
  if (said.is.trap == exec::exec_trap::is_shown)
    show_trap(lists.top(), dynamic ? loader.entry : program.entry);
  return {lists.top(), dynamic ? loader.entry : program.entry};
}

} // namespace
} // namespace cordon::stub

/// Compilers call it to copy an object (gcc does on aarch64).
extern "C" void* memcpy(void* to, const void* from, cordon::stub::word n) {
  cordon::stub::copy(static_cast<char*>(to), static_cast<const char*>(from), n);
  return to;
}

/// The only caller is _start.
extern "C" cordon::stub::start stub_main(cordon::stub::word* at) {
  return cordon::stub::become(at);
}

// The lists may move down over what is below them, so we work further down; the
// program starts with registers as the kernel leaves them.
#if defined(__x86_64__)
asm(".globl _start\n.type _start, @function\n_start:\n"
    " mov %rsp, %rdi\n"
    " lea -20480(%rsp), %rsp\n"
    " and $-16, %rsp\n"
    " call stub_main\n"
    " mov %rax, %rsp\n"
    " mov %rdx, %r11\n"
    " xor %eax, %eax\n xor %ebx, %ebx\n xor %ecx, %ecx\n xor %edx, %edx\n"
    " xor %esi, %esi\n xor %edi, %edi\n xor %ebp, %ebp\n xor %r8d, %r8d\n"
    " xor %r9d, %r9d\n xor %r10d, %r10d\n xor %r12d, %r12d\n"
    " xor %r13d, %r13d\n xor %r14d, %r14d\n xor %r15d, %r15d\n"
    " jmp *%r11\n");
#elif defined(__aarch64__)
asm(".globl _start\n.type _start, %function\n_start:\n"
    " mov x29, #0\n mov x30, #0\n"
    " mov x0, sp\n"
    " sub sp, sp, #20480\n"
    " bl stub_main\n"
    " mov sp, x0\n"
    " mov x16, x1\n"
    " mov x0, #0\n mov x1, #0\n mov x30, #0\n"
    " br x16\n");
#endif
