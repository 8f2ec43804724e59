/* JSON in C sources, as it is written. */
#ifndef HARNESS_JSON_TEXT_H
#define HARNESS_JSON_TEXT_H

/* JSON({"a": [1, true]}) is "{\"a\": [1, true]}". */
#define JSON(...) #__VA_ARGS__

#endif
