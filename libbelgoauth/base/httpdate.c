/* HTTP dates, by hand: strptime() follows the host program's locale, and servers write English. */
#include "base/http1.h"

#include "base/ascii.h"

#include <string.h>

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
				   "Friday", "Saturday", "Sunday"};

struct date {
	int year, month, day, hour, minute, second;
};

/* n digits at *p, *p then behind them; -1 where there are not so many. */
static int
take_digits(const char **p, int n)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (!bg_is_digit(**p))
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

/* 1 to 12, or -1. */
static int
take_month(const char **p)
{
	for (int i = 0; i < 12; i++) {
		if (strncmp(*p, months[i], 3) == 0) {
			*p += 3;
			return i + 1;
		}
	}
	return -1;
}

static int
take_weekday(const char **p, size_t cut)
{
	for (size_t i = 0; i < BG_LEN(days); i++) {
		size_t len = (cut == 0) ? strlen(days[i]) : cut;

		if (strncmp(*p, days[i], len) == 0) {
			*p += len;
			return 0;
		}
	}
	return -1;
}

/* asctime() pads a day of one digit with a blank. */
static int
take_padded_day(const char **p)
{
	int pad = (**p == ' ');

	*p += pad;
	return take_digits(p, pad ? 1 : 2);
}

/* @spec RFC 9110 section 5.6.7: two digits; without a clock the century is the one of POSIX. */
static int
take_short_year(const char **p)
{
	int year = take_digits(p, 2);

	return (year < 0) ? -1 : year + (year < 70 ? 2000 : 1900);
}

/* One letter of a shape; -1 where the text does not fit it. */
static int
take(struct date *d, char letter, const char **p)
{
	switch (letter) {
	case 'w':
		return take_weekday(p, 3);
	case 'W':
		return take_weekday(p, 0);
	case 'd':
		return d->day = take_digits(p, 2);
	case 'D':
		return d->day = take_padded_day(p);
	case 'b':
		return d->month = take_month(p);
	case 'Y':
		return d->year = take_digits(p, 4);
	case 'y':
		return d->year = take_short_year(p);
	case 'H':
		return d->hour = take_digits(p, 2);
	case 'M':
		return d->minute = take_digits(p, 2);
	default:
		return d->second = take_digits(p, 2);
	}
}

static int
fits(struct date *d, const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++) {
		if (*shape == '%') {
			if (take(d, *++shape, &text) < 0)
				return 0;
		} else if (*text++ != *shape) {
			return 0;
		}
	}
	return *text == '\0';
}

static int
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
exists(const struct date *d)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int length = lengths[d->month - 1] + (d->month == 2 && is_leap(d->year));

	return d->year >= 1970 && d->day >= 1 && d->day <= length && d->hour < 24 && d->minute < 60 &&
	       d->second <= 60;
}

static int64_t
to_epoch(const struct date *d)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int64_t y = d->year - 1;
	int64_t n = y * 365 + y / 4 - y / 100 + y / 400 - 719162; /* days from 0001-01-01 to 1970-01-01 */

	n += before[d->month - 1] + (d->month > 2 && is_leap(d->year)) + d->day - 1;
	return ((n * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

/* @spec RFC 9110 section 5.6.7 */
int64_t
bg_http_date(const char *text)
{
	static const char *const shapes[] = {
	    "%w, %d %b %Y %H:%M:%S GMT",
	    "%W, %d-%b-%y %H:%M:%S GMT",
	    "%w %b %D %H:%M:%S %Y",
	};

	for (size_t i = 0; text != NULL && i < BG_LEN(shapes); i++) {
		struct date d = {0};

		if (fits(&d, text, shapes[i]))
			return exists(&d) ? to_epoch(&d) : -1;
	}
	return -1;
}
