package school.lectern.auth.format;

/** The header of a request that presents a token. Immutable. */
public final class CredentialHeader {

    private final String name;
    private final Secret value;

    CredentialHeader(String name, Secret value) {
        this.name = name;
        this.value = value;
    }

    /** {@return the name of the header} */
    public String name() {
        return name;
    }

    /** {@return the value of the header} */
    public Secret value() {
        return value;
    }

    /** {@return the name of the header only} */
    @Override
    public String toString() {
        return "CredentialHeader[" + name + "]";
    }
}
