#!/usr/bin/env bash
# base, jose and proto reach for no clock, random numbers, network, file, environment or standard stream: what their
# objects leave undefined shows it. usage: pure.sh SOURCE ARCHIVE...
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
shift

denied='^(time|clock_gettime|gettimeofday|clock|localtime(_r)?|rand|srand|random|arc4random.*|getrandom|getentropy|RAND_.*|getenv|secure_getenv|setenv|putenv'
denied+='|open|open64|openat|fopen|fopen64|fdopen|freopen|creat|stat|stat64|fstat|lstat|access|unlink|rename|mkdir|read|write|close|pread|pwrite|mmap|ioctl'
denied+='|socket|connect|bind|listen|accept|accept4|send|sendto|sendmsg|recv|recvfrom|recvmsg|getaddrinfo|gethostbyname|poll|select|epoll_.*'
denied+='|fork|execve|execvp|system|popen|kill|signal|sigaction|exit|_exit|abort|atexit|setlocale|dlopen|dlsym|pthread_.*|syscall|sleep|usleep|nanosleep'
denied+='|stdout|stderr|stdin|printf|puts|putchar|perror|vprintf|__printf_chk|__vprintf_chk|__fprintf_chk|fprintf|fputs|fwrite|fputc'
denied+='|curl_.*|secret_.*|g_.*|json_load_file|json_dump_file|json_loadf|json_dumpf)$'

# jose/sign.c alone loads a library when it first signs, and remembers where its functions lie. It is the same library for every
# call, so no answer depends on the one before; a program that never signs never pays for it.
loads_once() { grep -vE '^sign\.c\.o: (dlopen|dlsym|pthread_once|once|cjose|is_loaded)$' || true; }

for archive in "$@"; do
	hits=$(nm -u "$archive" 2>/dev/null | awk '/^[^ ].*:$/ { object = $1 } $1 == "U" { sub(/@.*/, "", $2); print object, $2 }' |
		awk -v denied="$denied" '$2 ~ denied' | loads_once)
	if [ -n "$hits" ]; then
		fault "$(basename "$archive") is not pure:"
		printf '%s\n' "$hits" >&2
	fi
	if [ "$(nm --defined-only "$archive" 2>/dev/null | grep -c ' T ')" -eq 0 ]; then fault "$(basename "$archive") holds no function"; fi
	# Memory that lives between calls would make an answer depend on the one before. Constant tables of pointers lie in .data.rel.ro.
	globals=$(objdump -t "$archive" 2>/dev/null | awk '/^In archive|file format/ { object = $1 } NF > 3 && $(NF - 2) ~ /^\.t?(data|bss)/ && $(NF - 2) !~ /rel\.ro/ && / O / { print object, $NF }' |
		{ grep -vE '__(odr_asan|asan|ubsan|gcov|llvm)' || true; } | loads_once)
	if [ -n "$globals" ]; then
		fault "$(basename "$archive") keeps writable globals:"
		printf '%s\n' "$globals" >&2
	fi
done
finish "$# archives want nothing from outside"
