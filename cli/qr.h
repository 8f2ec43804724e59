/* A QR code on the terminal that stderr is. */
#ifndef CLI_QR_H
#define CLI_QR_H

/* Draws nothing where the terminal is too narrow, or where this was built without libqrencode: what it says
 * stands beside it. */
void qr_draw(const char *text, int colour);

#endif
