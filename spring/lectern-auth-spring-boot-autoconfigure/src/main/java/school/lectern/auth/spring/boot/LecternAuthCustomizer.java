package school.lectern.auth.spring.boot;

import school.lectern.auth.LecternAuthBuilder;

/**
 * Changes how the library is opened. A bean of this type is called after the properties were applied, before the library opens.
 */
@FunctionalInterface
public interface LecternAuthCustomizer {

    /**
     * Changes the settings.
     *
     * @param builder has the settings of the properties and of the application's beans as {@linkplain
     *     LecternAuthBuilder#defaults defaults}: a setting of the customizer replaces them
     */
    void customize(LecternAuthBuilder builder);
}
