package school.lectern.auth.setting;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Remembers which settings of a builder were set: a repeated call is refused, and a default yields to a call. Otherwise, a
 * second call would silently replace the first one. For one thread.
 */
public final class SetOnce {

    private final Set<Object> set = new HashSet<>();
    private boolean setsDefaults;

    /**
     * Notes a call.
     *
     * @param setting the setting, as messages name it
     * @return whether the value of the call applies: a default does not if the setting is set
     * @throws IllegalArgumentException if the setting is set, and the call is not one for a default
     */
    public boolean applies(Object setting) {
        if (setsDefaults) {
            return !isSet(setting);
        }
        require(setting);
        return true;
    }

    /**
     * Notes a call of a builder without defaults.
     *
     * @param setting the setting, as messages name it
     * @throws IllegalArgumentException if the setting is set
     */
    public void require(Object setting) {
        if (!set.add(setting)) {
            throw new IllegalArgumentException(
                    setting + " must be set once, but was set before: remove one of the calls");
        }
    }

    /**
     * {@return whether the setting is set, and not only as a default}
     *
     * @param setting the setting
     */
    public boolean isSet(Object setting) {
        return set.contains(setting);
    }

    /** {@return whether the present calls set defaults} */
    public boolean areDefaults() {
        return setsDefaults;
    }

    /**
     * Sets defaults: each applies unless the setting is also set outside of this call, before or after.
     *
     * @param builder the builder that remembers its settings here
     * @param settings sets the defaults on the builder; called immediately
     * @param <B> the type of the builder
     * @return the builder
     */
    public <B> B defaults(B builder, Consumer<? super B> settings) {
        boolean outer = setsDefaults;
        setsDefaults = true;
        try {
            settings.accept(builder);
        } finally {
            setsDefaults = outer;
        }
        return builder;
    }
}
