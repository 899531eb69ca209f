#include <stdio.h>

int main(void) {
  puts("compiled inside a sandbox");
  return 0;
}
