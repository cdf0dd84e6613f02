package school.lectern.auth.http;

/** The versions of Jackson, each with its codec. */
enum JacksonVersion {
    JACKSON_2(new Jackson2Codec()),
    JACKSON_3(new Jackson3Codec());

    private final JsonCodec codec;

    JacksonVersion(JsonCodec codec) {
        this.codec = codec;
    }

    JsonCodec codec() {
        return codec;
    }
}
