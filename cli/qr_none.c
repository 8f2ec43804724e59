/* No QR codes: built without libqrencode. */
#include "qr.h"

void
qr_draw(const char *text, int colour)
{
	(void)text;
	(void)colour;
}
