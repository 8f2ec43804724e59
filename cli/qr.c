/* QR codes in half blocks, where libqrencode was there to build with. */
#include "qr.h"

#include <qrencode.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What scanners want around the code, in its own squares. */
#define QUIET_ZONE 2
#define BLACK_ON_WHITE "\033[30;107m"
#define PLAIN "\033[0m"

static int
is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return 0;
	return code->data[y * code->width + x] & 1;
}

/* Two rows of squares a line. Without colour the light squares are drawn, for a terminal with a dark ground.
 */
static void
draw(const QRcode *code, int colour)
{
	static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"};
	const int end = code->width + QUIET_ZONE;

	for (int y = -QUIET_ZONE; y < end; y += 2) {
		fprintf(stderr, "  %s", colour ? BLACK_ON_WHITE : "");
		for (int x = -QUIET_ZONE; x < end; x++) {
			int top = is_dark(code, x, y), bottom = is_dark(code, x, y + 1);

			if (!colour) {
				top = !top;
				bottom = y + 1 < end && !bottom;
			}
			fputs(blocks[top + 2 * bottom], stderr);
		}
		fprintf(stderr, "%s\n", colour ? PLAIN : "");
	}
	fputc('\n', stderr);
}

/* A code that is wider than the screen would be torn. */
static int
fits(const QRcode *code)
{
	struct winsize screen = {0};

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &screen) != 0 || screen.ws_col == 0)
		return 1;
	return code->width + 2 * QUIET_ZONE + 2 <= screen.ws_col;
}

void
qr_draw(const char *uri, int colour)
{
	QRcode *code;

	/* Without memory, or for an address that no QR code can hold, there is still the line above. */
	if ((code = QRcode_encodeString(uri, 0, QR_ECLEVEL_L, QR_MODE_8, 1)) == NULL)
		return;
	if (fits(code)) {
		fputs("or scan this:\n\n", stderr);
		draw(code, colour);
	}
	QRcode_free(code);
}
