/* SPDX-License-Identifier: Apache-2.0 */
/* Text: what is a letter, a block at a time. Part of kernels_body.h. */
#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum { BYTES = LANES * 4 };
typedef unsigned char bytes __attribute__((vector_size(REC_LANES * 4)));
typedef unsigned char loose_bytes __attribute__((vector_size(REC_LANES * 4), aligned(1), may_alias));

/* A bit for each byte, which is all ones or zero. */
static inline uint64_t bits_of(bytes flags)
{
#if defined(__AVX512BW__)
    return _mm512_movepi8_mask((__m512i)flags);
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_epi8((__m256i)flags);
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)flags);
#else
    union {
        bytes all;
        uint64_t eights[BYTES / 8];
    } parts = {flags};
    uint64_t bits = 0;
    /* The lowest bits of eight bytes as eight bits: every product lands in a place of its own. */
    UNROLL for (int i = 0; i < BYTES / 8; i++) bits |=
        ((parts.eights[i] & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    return bits;
#endif
}

static void letters(const char *text, int lower, char *out, uint64_t *word, uint64_t *high)
{
    const unsigned char raise = lower ? 'a' - 'A' : 0;
    *word = *high = 0;
    UNROLL for (int i = 0; i < REC_TEXT_BLOCK; i += BYTES)
    {
        bytes c = *(const loose_bytes *)(const void *)(text + i);
        bytes capital = (bytes)((bytes)(c - 'A') < 26), small = (bytes)((bytes)(c - 'a') < 26);
        bytes other = (bytes)((bytes)(c - '0') < 10) | (bytes)(c == '_');
        *(loose_bytes *)(void *)(out + i) = c + (capital & raise);
        *word |= bits_of(capital | small | other) << i;
        *high |= bits_of((bytes)(c >= 0x80)) << i;
    }
}
